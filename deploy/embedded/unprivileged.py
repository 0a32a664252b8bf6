"""How to run a program that refuses root when one is root: the ways there are, and the first that works here."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import Trouble


@dataclass(frozen=True)
class Way:
    """A prefix for a command line, and the user that must own the files which the program writes."""

    prefix: tuple[str, ...]
    owner: int


def ways() -> Iterator[Way]:
    """Give the ways to run a program as somebody who is not root, the least intrusive first."""
    if os.geteuid() != 0:
        yield Way((), os.geteuid())
        return
    try:
        # initdb looks its user up by number, so it has to be one that exists.
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        nobody = next(each for each in pwd.getpwall() if each.pw_uid != 0)
    user, group = nobody.pw_uid, nobody.pw_gid
    if unshare := shutil.which("unshare"):
        # Seen from outside it is still root, so no file changes hands.
        yield Way((unshare, "--user", f"--map-user={user}", f"--map-group={group}", "--"), 0)
    if setpriv := shutil.which("setpriv"):
        plain = (setpriv, f"--reuid={user}", f"--regid={group}", "--clear-groups")
        yield Way((*plain, "--"), user)
        # A checkout below /root cannot be entered by anyone else without this.
        yield Way((*plain, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"), user)


def way_to_run(program: Path, folder: Path, candidates: Iterable[Way]) -> Way:
    """Give the first way in which the program may be run and the folder written, and hand the folder to its user.

    Raises Trouble, which names what was tried, when there is none.
    """
    tried = []
    for way in candidates:
        give(folder, way.owner)
        probe = [*way.prefix, "/bin/sh", "-c", '[ -x "$1" ] && [ -w "$2" ] && [ "$(id -u)" != 0 ]', "sh"]
        if not subprocess.run([*probe, str(program), str(folder)], capture_output=True).returncode:
            return way
        tried.append(Path(way.prefix[0]).name if way.prefix else "directly")
    raise Trouble(
        f"{program.name} does not run as root, and no way was found to run it as somebody else here "
        f"(tried: {', '.join(tried) or 'nothing, as neither unshare nor setpriv is installed'}). "
        "Install util-linux, or run Labinov as an ordinary user."
    )


def give(folder: Path, owner: int) -> None:
    """Hand a folder and all in it to a user, unless it is theirs already. Only root can do so."""
    if folder.stat().st_uid == owner:
        return
    for where, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(Path(where) / name, owner, -1, follow_symlinks=False)

"""The lock files: every dependency at one version, by hash, with no word about where it is fetched from.

`python -m deploy.lock` writes them with uv; `--check` says, without a network, whether they fit pyproject.toml.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.embedded.state import ROOT

LOCKS = {
    "requirements.lock": ("gateway",),  # what a container runs
    "requirements-embedded.lock": ("embedded",),  # what `make up` runs
    "requirements-dev.lock": ("embedded", "dev"),  # what `make test` and `make check` run
}


def digest(extras: tuple[str, ...]) -> str:
    """Give a hash of what pyproject.toml asks for with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [project["requires-python"], project["dependencies"]]
    wanted += [project["optional-dependencies"][extra] for extra in extras]
    return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()


def header(extras: tuple[str, ...]) -> str:
    """Give the first line of the lock of these extras."""
    return f"# Made by `make lock` from pyproject.toml ({', '.join(extras)}), sha256 {digest(extras)}\n"


def faults() -> list[str]:
    """Give what is wrong with the lock files, in sentences."""
    found = []
    for name, extras in LOCKS.items():
        path = ROOT / name
        text = path.read_text() if path.exists() else ""
        if not text.startswith(header(extras)):
            found.append(f"{name} is not in step with pyproject.toml: run `make lock`.")
        if re.search(r"://|^-|\s@\s|/opt/|/tmp/", text, re.MULTILINE):
            found.append(f"{name} says where packages are fetched from; it must not.")
        unhashed = [each for each in re.findall(r"^\w.*", text, re.MULTILINE) if not each.endswith("\\")]
        if unhashed:
            found.append(f"{name} has packages without hashes: {', '.join(unhashed)}.")
    return found


def write() -> None:
    """Resolve the dependencies and write the lock files; versions in them stay unless `--upgrade` is given."""
    for name, extras in LOCKS.items():
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
        options += ["--no-emit-index-url", "--no-emit-find-links", "--quiet", "--output-file", name]
        options += [f"--extra={extra}" for extra in extras] + [each for each in sys.argv[1:] if each == "--upgrade"]
        # Packages that a machine keeps beside its index may not be those that others get.
        environment = {key: value for key, value in os.environ.items() if not key.endswith("FIND_LINKS")}
        command = ["uv", "pip", "compile", "pyproject.toml", *options]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        path = Path(ROOT / name)
        path.write_text(header(extras) + path.read_text())


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        write()
    if problems := faults():
        sys.exit("\n".join(problems))

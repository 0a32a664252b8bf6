"""Packages from npm for tests that let programs of others read what is ours; without Node such tests are skipped."""

import hashlib
import os
import shutil
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest

CACHE = Path(__file__).parent.parent / ".labinov-tests" / "npm"


def npm_packages(*packages: str) -> Path:
    """Give a folder in which Node finds these packages (`name@version`); they are fetched once a checkout."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node")
    folder = CACHE / hashlib.sha256(" ".join(packages).encode()).hexdigest()[:16]
    if not folder.exists():
        # Made beside and moved into place: another process may be at it, and one that is killed leaves no half.
        made = folder.with_suffix(f".{os.getpid()}")
        made.mkdir(parents=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", *packages]
        # A registry does not always answer.
        tries = (subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=110) for _ in range(3))
        failures = list(takewhile(lambda done: done.returncode != 0, tries))
        assert len(failures) < 3, failures[-1].stderr
        try:
            made.rename(folder)
        except OSError:
            shutil.rmtree(made)
    return folder

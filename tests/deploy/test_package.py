"""What is installed without a checkout: a wheel holds every file of the packages."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from deploy.embedded.state import ROOT

PACKAGES = ("shared", "services", "deploy")


def test_a_wheel_holds_every_file(tmp_path: Path) -> None:
    # Of a copy, since a build leaves its own files beside the sources.
    source = tmp_path / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    expected = {name for name in files if name.startswith(tuple(f"{each}/" for each in PACKAGES))}
    assert inside == expected

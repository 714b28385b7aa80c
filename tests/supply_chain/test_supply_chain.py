"""The licences of what is needed, bills of materials, and wheels that are the same bits twice."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest

pytest.importorskip("cyclonedx", reason="cyclonedx-python-lib, of the extra dev, is not installed")

from supply_chain.dependencies import ROOT, Package, tree
from supply_chain.licences import faults, licence_of, terms
from supply_chain.notices import untold


class Metadata(Distribution):
    """A distribution that is nothing but its metadata."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read_text(self, filename: str) -> str | None:
        return self.text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        raise NotImplementedError


def package(metadata: str, name: str = "thing") -> Package:
    return Package(name, Metadata(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1\n{metadata}\n"), (), ("las",))


def test_all_that_is_needed_has_a_licence_that_may_be() -> None:
    assert faults([*tree("cg3d-runtime"), *tree("cg3d")]) == []
    assert untold() == []


def test_the_tree_holds_what_extras_bring_and_not_the_tools() -> None:
    names = {each.name: each for each in tree("cg3d-runtime")}
    assert names["numpy"].extras == () and names["rosbags"].extras == ("bag",)
    assert "apsw" not in names or "rosbags" in names
    assert "lz4" in names and "hypothesis" not in names and "cg3d-runtime" not in names
    assert {"torch", "numpy", "trimesh"} <= {each.name for each in tree("cg3d")}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("License-Expression: MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("License: Apache 2.0", "Apache-2.0"),
        ("Classifier: License :: OSI Approved :: BSD License", "BSD-3-Clause"),
        ("License: The MIT License (MIT)  Copyright (c) 2020", "MIT"),
        ("License: Do as you like", None),
        ("", None),
    ],
)
def test_licences_are_read_from_metadata(metadata: str, expected: str | None) -> None:
    assert licence_of(package(metadata)) == expected


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ("License-Expression: GPL-3.0-or-later", "thing (of las): GPL-3.0-or-later; nothing under GPL or AGPL"),
        ("License-Expression: MIT AND AGPL-3.0-only", "nothing under GPL or AGPL"),
        ("License-Expression: LGPL-2.1-only", "is not among the permissive ones; name it"),
        ("License-Expression: MPL-2.0", "is not among the permissive ones; name it"),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "nothing under GPL or AGPL"),
        ("", "its licence is not known"),
    ],
)
def test_what_may_not_be_is_told(metadata: str, fault: str) -> None:
    (told,) = faults([package(metadata)])
    assert fault in told
    assert faults([package("License-Expression: MIT")]) == []


def test_terms_of_an_expression() -> None:
    assert terms("(MIT AND Zlib) OR Apache-2.0 WITH LLVM-exception") == {"MIT", "Zlib", "Apache-2.0", "LLVM-exception"}


@pytest.mark.slow
def test_the_same_commit_gives_the_same_bits(tmp_path: Path) -> None:
    """From another folder, with other times and permissions of the files, under another umask."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    copy = tmp_path / "copy"
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    for folder, mask, out in ((ROOT, 0o022, "first"), (copy, 0o077, "second")):
        command = [sys.executable, "-m", "supply_chain", "build", "--out", str(tmp_path / out)]
        subprocess.run(command, cwd=folder, env=environment, umask=mask, check=True, capture_output=True)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / out).iterdir()} for out in ("first", "second")
    )
    assert first == second and len(first) == 7

    for line in first["SHA256SUMS"].decode().splitlines():
        digest, name = line.split()
        assert hashlib.sha256(first[name]).hexdigest() == digest
    (bill,) = (
        json.loads(content) for name, content in first.items() if name.startswith("cg3d_runtime") and "cdx" in name
    )
    wheel = next(
        content for name, content in first.items() if name.startswith("cg3d_runtime") and name.endswith(".whl")
    )
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["hashes"][0]["content"] == hashlib.sha256(wheel).hexdigest()
    parts = {part["name"]: part for part in bill["components"]}
    assert parts["numpy"]["purl"].startswith("pkg:pypi/numpy@") and parts["numpy"]["licenses"]
    texts = next(content for name, content in first.items() if name.startswith("cg3d_runtime") and "licences" in name)
    assert b"numpy" in texts and b"rosbags" in texts

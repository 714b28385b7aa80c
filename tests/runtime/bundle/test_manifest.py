"""manifest.json: what is written is what is read, and every deviation is refused by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cg3d_runtime import BundleError, __version__
from cg3d_runtime.bundle.manifest import FORMAT, Confidence, FileEntry, Manifest, file_entry, write_manifest
from cg3d_runtime.errors import one_line


@pytest.fixture
def manifest(tiny_bundle: Path) -> Manifest:
    return Manifest.from_json((tiny_bundle / "manifest.json").read_text())


def fit(**changes: float) -> dict[str, Any]:
    """A confidence in a manifest."""
    return {"temperature": 1.0, "unknown_threshold": 0.5, "fitted_on": "scans"} | changes


def test_round_trip(manifest: Manifest) -> None:
    fitted = replace(manifest, confidence=Confidence(1.5, None, "held-out scans"), logit_scale=100)
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert Manifest.from_json(fitted.to_json()) == fitted


def test_written_whole_and_stamped(manifest: Manifest, tmp_path: Path) -> None:
    path = write_manifest(replace(manifest, provenance={"seed": 1}), tmp_path)
    assert path == tmp_path / "manifest.json"
    assert list(tmp_path.iterdir()) == [path]
    assert Manifest.from_json(path.read_bytes()).provenance == {"seed": 1, "cg3d_runtime": __version__}


def test_file_entry_describes_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 3_000_000)
    assert file_entry(path) == FileEntry("a.bin", hashlib.sha256(b"x" * 3_000_000).hexdigest(), 3_000_000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tree: tree.pop("text"), "text is missing"),
        (lambda tree: tree["text"].pop("templates"), "text.templates is missing"),
        (lambda tree: tree.update(extra=1), "unknown entry 'extra'"),
        (lambda tree: tree["prepare"].update(extra=1), "prepare has an unknown entry 'extra'"),
        (lambda tree: tree["prepare"].update(points="many"), "prepare.points must be an integer, got 'many'"),
        (lambda tree: tree["prepare"].update(mode="else"), "prepare.mode 'else' is not known"),
        (lambda tree: tree["text"].update(templates=["a", 3]), r"text.templates\[1\] must be a string, got 3"),
        (lambda tree: tree["text"].update(templates=["no place"]), "text.templates must each hold {}"),
        (lambda tree: tree["text"].update(context_length=True), "text.context_length must be an integer, got True"),
        (lambda tree: tree.update(confidence={"temperature": 0.0}), "confidence.unknown_threshold is missing"),
        (lambda tree: tree.update(logit_scale=-1), "logit_scale must be above 0"),
        (lambda tree: tree.update(logit_scale=10**400), "logit_scale must be a finite number"),
        (lambda tree: tree.update(logit_scale=float("nan")), "NaN is no JSON number"),
        (lambda tree: tree["graphs"].update(depth={}), "graphs has an unknown entry 'depth'"),
        (lambda tree: tree["graphs"]["points"].update(fp8={}), "graphs.points has an unknown entry|fp8"),
        (lambda tree: tree["files"]["tokenizer"].update(sha256="AB"), "files.tokenizer.sha256 must be 64 lower-case"),
        (
            lambda tree: tree["files"]["tokenizer"].update(bytes=-1),
            "files.tokenizer.bytes must be 0 to 2147483647, got -1",
        ),
        (lambda tree: tree["files"]["tokenizer"].update(file="a/" * 200), "files.tokenizer.file must be a path of 255"),
        (
            lambda tree: tree["files"]["tokenizer"].update(file="\x1b[2J"),
            r"files.tokenizer.file must be printable text",
        ),
        (lambda tree: tree.update(name="\ud800"), r"name must be printable text, got '.ud800'"),
        (lambda tree: tree["files"].update({"\x1b[2J": {}}), "files.\ufffd.2J.file is missing"),
        (lambda tree: tree["files"].update({"a" * 5000: {}}), r"files\.a+ \.\.\.\. A manifest"),
        (lambda tree: tree["files"].update({"\x1b[2J": tree["files"]["tokenizer"]}), "files: a name must be printable"),
        (lambda tree: tree["files"].update({"a" * 300: tree["files"]["tokenizer"]}), "names must be 255 characters"),
        (lambda tree: tree.update(name="mug\nmug.ply: sofa"), "name must be printable text"),
        (lambda tree: tree.update(name="\u202egum"), "name must be printable text"),
        (lambda tree: tree.update(name="a" * 300), "names must be 255 characters at most"),
        (lambda tree: tree["text"].update(templates=["a {}\x9b"]), r"text.templates\[0\] must be printable text"),
        (lambda tree: tree["text"].update(templates=["{}" * 600]), "text.templates must be 1000 of 1000 characters"),
        (lambda tree: tree["text"].update(templates=["{}"] * 1001), "text.templates must be 1000 of 1000 characters"),
        (lambda tree: tree.update(provenance={"cg3d": "\x1b[2J"}), "provenance.cg3d must be printable text"),
        (lambda tree: tree.update(licences={"a": [{"\x07": 1}]}), "licences.a: a name must be printable text"),
        (lambda tree: tree.update(provenance={"data": "\ud800"}), "provenance.data must be printable text"),
        (lambda tree: tree.update(verification={"points": 5}), "verification.points must be an object, got 5"),
        (lambda tree: tree.update(logit_scale=1e300), r"logit_scale must be above 0, 0.001 to 100000, got 1e\+300"),
        (lambda tree: tree.update(logit_scale=1e-300), "logit_scale must be above 0, 0.001 to 100000"),
        (lambda tree: tree.update(embedding_dim=0), "embedding_dim must be above 0, 1 to 65536, got 0"),
        (lambda tree: tree.update(embedding_dim=10**30), "embedding_dim must be above 0, 1 to 65536"),
        (
            lambda tree: tree.update(confidence=fit(temperature=1e-300)),
            "confidence.temperature must be above 0, 0.0001",
        ),
        (lambda tree: tree.update(confidence=fit(temperature=1e300)), "confidence.temperature must be above 0, 0.0001"),
        (lambda tree: tree.update(confidence=fit(temperature=-1)), "confidence.temperature must be above 0"),
        (lambda tree: tree.update(confidence=fit(unknown_threshold=1.5)), "unknown_threshold must be 0 to 1, got 1.5"),
        (lambda tree: tree.update(confidence=fit(unknown_threshold=-0.1)), "unknown_threshold must be 0 to 1"),
        (lambda tree: tree["text"].update(context_length=10**12), "text.context_length must hold"),
        (lambda tree: tree["prepare"].update(points=10**12), "prepare.points must be 16 to 8192"),
        (lambda tree: tree["prepare"].update(colour_fill=1e300), "prepare.colour_fill must be 0 to 1"),
        (lambda tree: tree["image"].update(size=0), "image.size must be 1 to 65536, got 0"),
        (lambda tree: tree["image"].update(size=10**12), "image.size must be 1 to 65536"),
        (lambda tree: tree["image"].update(resize="else"), "image.resize must be one of shortest, longest, squash"),
        (lambda tree: tree.update(graphs=[]), r"graphs must be an object, got \[\]"),
        (lambda tree: tree.update(format="1"), "format must be an integer"),
        (lambda tree: tree.update(format=0), "format must be an integer"),
        (lambda tree: tree.pop("format"), "format must be an integer"),
    ],
)
def test_a_wrong_field_is_refused_by_name(
    manifest: Manifest, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    tree = json.loads(manifest.to_json())
    change(tree)
    with pytest.raises(BundleError, match=rf"^here/manifest.json: .*({message})"):
        Manifest.from_json(json.dumps(tree), "here/manifest.json")


@pytest.mark.parametrize("where", ["provenance", "licences", "verification"])
@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "9" * 5000])
def test_numbers_that_cannot_be_written_again_are_refused(manifest: Manifest, where: str, number: str) -> None:
    text = json.dumps(json.loads(manifest.to_json()) | {where: {"points": {"fp32": {"cosine": 0.5}}}})
    with pytest.raises(BundleError, match=r"^manifest.json: .*cg3d export"):
        Manifest.from_json(text.replace("0.5", number))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-16-be"])
def test_a_manifest_in_another_encoding_is_refused(manifest: Manifest, encoding: str) -> None:
    """As every reader in another language does."""
    with pytest.raises(BundleError, match=r"^manifest.json: .*cg3d export"):
        Manifest.from_json(manifest.to_json().encode(encoding))
    assert Manifest.from_json(manifest.to_json().encode("utf-8-sig")) == manifest


@pytest.mark.parametrize("twice", ['{"name": 1, "name": "tiny",', '{"provenance": {"a": 1, "a": 1}, '])
def test_a_name_that_stands_twice_is_refused(manifest: Manifest, twice: str) -> None:
    with pytest.raises(BundleError, match=r"'(name|a)' stands twice in one object"):
        Manifest.from_json(manifest.to_json().replace("{", twice, 1))


def test_lines_for_people_are_kept(manifest: Manifest) -> None:
    noted = replace(manifest, licences={"weights": "MIT\n\tas is"})
    assert Manifest.from_json(noted.to_json()) == noted


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, b"\xff\xfe{", '{"format": 1e999}'])
def test_what_is_no_manifest_is_refused(text: str | bytes) -> None:
    with pytest.raises(BundleError, match=r"^manifest.json: .*cg3d export"):
        Manifest.from_json(text)


def test_every_truncation_is_refused(manifest: Manifest) -> None:
    text = manifest.to_json().rstrip()
    for length in range(0, len(text), 37):
        with pytest.raises(BundleError):
            Manifest.from_json(text[:length])


def test_a_newer_format_names_the_runtime_it_needs(manifest: Manifest) -> None:
    tree = json.loads(manifest.to_json())
    newer = {"format": FORMAT + 1, "all": "else differs", "provenance": {"cg3d_runtime": "0.4.0"}}
    expected = rf"format {FORMAT + 1}; .* {__version__}, reads up to {FORMAT}.* newer one, cg3d-runtime>=0\.4\.0:"
    with pytest.raises(BundleError, match=expected):
        Manifest.from_json(json.dumps(newer))
    with pytest.raises(BundleError, match="newer one, cg3d-runtime: "):
        Manifest.from_json(json.dumps(tree | {"format": FORMAT + 2, "provenance": "?"}))


def test_an_older_format_is_read(manifest: Manifest) -> None:
    assert Manifest.from_json(replace(manifest, format=1).to_json()) == replace(manifest, format=1)


@pytest.mark.parametrize("writer", ['1"; rm -rf ~ #', "\x1b[2J", "", "1" * 100, "1\n2", 3, None])
def test_a_version_that_is_none_is_not_part_of_a_line_to_type(writer: object) -> None:
    with pytest.raises(BundleError) as error:
        Manifest.from_json(json.dumps({"format": FORMAT + 1, "provenance": {"cg3d_runtime": writer}}), "here")
    assert str(error.value).endswith(
        "newer one, cg3d-runtime: a newer wheel, or pip install ./runtime in a newer checkout."
    )


def test_a_message_quotes_little_of_a_long_value() -> None:
    error = one_line(ValueError("up must be an axis,\n got '" + "a" * 5000 + "\x1b[2J'"))
    assert error.startswith("up must be an axis, got 'aaa") and error.endswith("a ...")
    assert len(error) < 410
    assert one_line(ValueError("\x1b[2J")) == "\ufffd[2J"
    assert one_line(ValueError()) == "ValueError"

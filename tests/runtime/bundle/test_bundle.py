"""Bundles are material from elsewhere: whatever was changed, moved or smuggled in is refused."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from cg3d_runtime import BackendError, Bundle, BundleError
from cg3d_runtime.backends import open_backend, prove
from cg3d_runtime.bundle.manifest import file_entry

Edit = Callable[[Callable[[dict[str, Any]], object]], Path]


def test_an_unaltered_bundle_opens(tiny_bundle: Path) -> None:
    bundle = Bundle.open(tiny_bundle)
    assert bundle.manifest.name == "tiny"
    assert bundle.graph("points", "fp16") == (tiny_bundle / "points.fp16.onnx").read_bytes()
    assert bundle.file("tokenizer") == (tiny_bundle / "tokenizer.json").read_bytes()
    assert set(bundle.test_vectors()) >= {"points", "points_features", "token_ids", "eot", "text_features"}


def test_the_variable_names_the_default(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CG3D_BUNDLE", str(tiny_bundle))
    assert Bundle.open().manifest.name == "tiny"


def test_no_bundle_there(tmp_path: Path) -> None:
    with pytest.raises(
        BundleError, match=r"no bundle can be read there.*No such file.*--bundle, bundle=.* CG3D_BUNDLE"
    ):
        Bundle.open(tmp_path)


def test_precision_is_resolved_to_the_most_exact(tiny_bundle: Path, own_bundle: Path, edit_manifest: Edit) -> None:
    assert Bundle.open(tiny_bundle).precision("points") == "fp32"
    assert Bundle.open(tiny_bundle).precision("points", "fp16") == "fp16"
    edit_manifest(lambda tree: tree["graphs"]["points"].pop("fp32"))
    assert Bundle.open(own_bundle).precision("points") == "fp16"
    with pytest.raises(BundleError, match="no int8 points graph in this bundle; it has: fp16"):
        Bundle.open(own_bundle).precision("points", "int8")
    edit_manifest(lambda tree: tree["graphs"].pop("image"))
    with pytest.raises(BundleError, match="no image graph in this bundle; its graphs: points, text"):
        Bundle.open(own_bundle).graph("image")


@pytest.mark.parametrize("position", [0, 100, -1])
def test_one_changed_bit_is_refused(own_bundle: Path, position: int) -> None:
    path = own_bundle / "points.fp32.onnx"
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"points.fp32.onnx: .*altered or cut short"):
        Bundle.open(own_bundle).graph("points", "fp32")


def test_graphs_that_changed_places_are_refused(own_bundle: Path) -> None:
    points, text = own_bundle / "points.fp32.onnx", own_bundle / "text.fp32.onnx"
    points.rename(own_bundle / "aside")
    text.rename(points)
    (own_bundle / "aside").rename(text)
    for graph in ("points", "text"):
        with pytest.raises(BundleError, match=rf"{graph}.fp32.onnx: .*altered or cut short"):
            Bundle.open(own_bundle).graph(graph, "fp32")


def test_graphs_that_changed_places_with_their_hashes_answer_nothing(own_bundle: Path, edit_manifest: Edit) -> None:
    """Whoever changes the manifest as well needs a signature to be stopped at once; a wrong graph still gives no answer."""

    def swap(tree: dict[str, Any]) -> None:
        graphs = tree["graphs"]
        graphs["points"]["fp32"], graphs["image"]["fp32"] = graphs["image"]["fp32"], graphs["points"]["fp32"]

    edit_manifest(swap)
    backend = open_backend(Bundle.open(own_bundle), "points", "cpu", "fp32")
    with pytest.raises(BackendError, match="onnxruntime-cpu failed on"):
        prove(backend, "points", Bundle.open(own_bundle).test_vectors())


def test_a_bundle_of_a_newer_format_is_refused_before_anything_else(own_bundle: Path, edit_manifest: Edit) -> None:
    edit_manifest(lambda tree: (tree.clear(), tree.update(format=4, provenance={"cg3d_runtime": "9.1"})))
    with pytest.raises(
        BundleError, match=r"has format 4; this runtime.*reads up to 3.* newer one, cg3d-runtime>=9\.1:"
    ):
        Bundle.open(own_bundle)


def test_half_a_manifest_is_refused(own_bundle: Path) -> None:
    path = own_bundle / "manifest.json"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BundleError, match=r"manifest.json: .*copy the bundle again"):
        Bundle.open(own_bundle)


@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"\0", lambda content: b""])
def test_another_length_is_refused(own_bundle: Path, change: Callable[[bytes], bytes]) -> None:
    path = own_bundle / "tokenizer.json"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BundleError, match="altered or cut short"):
        Bundle.open(own_bundle).file("tokenizer")


def test_a_lie_about_the_size_is_refused_before_reading(own_bundle: Path, edit_manifest: Edit) -> None:
    edit_manifest(lambda tree: tree["files"]["tokenizer"].update(bytes=10**9))
    with pytest.raises(BundleError, match="altered or cut short"):
        Bundle.open(own_bundle).file("tokenizer")


def test_a_size_beyond_any_graph_is_refused_even_where_the_file_has_it(own_bundle: Path, edit_manifest: Edit) -> None:
    with (own_bundle / "tokenizer.json").open("wb") as file:
        file.truncate(10**12)
    edit_manifest(lambda tree: tree["files"]["tokenizer"].update(bytes=10**12))
    with pytest.raises(BundleError, match=r"files.tokenizer.bytes must be 0 to 2147483647, got 1000000000000"):
        Bundle.open(own_bundle)


@pytest.mark.parametrize("file", ["manifest.json", "points.fp32.onnx"])
def test_a_pipe_or_a_device_is_not_waited_for(own_bundle: Path, file: str) -> None:
    path = own_bundle / file
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BundleError, match=rf"{file}: .*Not a regular file"):
        Bundle.open(own_bundle).graph("points", "fp32")


def test_a_manifest_without_end_is_not_read_to_its_end(own_bundle: Path) -> None:
    with (own_bundle / "manifest.json").open("r+b") as file:
        file.truncate(10**12)
    with pytest.raises(BundleError, match=r"manifest.json: Extra data"):
        Bundle.open(own_bundle)


TEN_TO_THE_TWELVE = (
    b"\x93NUMPY\x01\x00v\x00"
    + b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 3), }".ljust(117)
    + b"\n"
)


@pytest.mark.parametrize("member", [TEN_TO_THE_TWELVE, b"\x93NUMPY", b"\x93NUMPY\x01\x00\x05\x00{'a\\\n", b""])
def test_damaged_test_vectors(own_bundle: Path, edit_manifest: Edit, member: bytes) -> None:
    path = own_bundle / "test_vectors.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("points.npy", member)
    edit_manifest(lambda tree: tree["files"]["test_vectors"].update(vars(file_entry(path))))
    with pytest.raises(BundleError, match=r"test_vectors.npz: the test vectors are no plain .npz archive"):
        Bundle.open(own_bundle).test_vectors()


def test_a_missing_file_is_named(own_bundle: Path) -> None:
    (own_bundle / "text.fp32.onnx").unlink()
    with pytest.raises(BundleError, match=r"text.fp32.onnx: the manifest lists it, but: No such file"):
        Bundle.open(own_bundle).graph("text")


def test_a_role_that_the_bundle_lacks(tiny_bundle: Path) -> None:
    with pytest.raises(BundleError, match="no calibration in this bundle; its files: test_vectors, tokenizer"):
        Bundle.open(tiny_bundle).file("calibration")


@pytest.mark.parametrize(
    "file",
    ["../secret", "a/../../secret", "..\\secret", "C:\\secret", "C:secret", "\\secret", ".", "", "a/../tokenizer.json"],
)
def test_a_name_that_leaves_the_bundle_is_refused(own_bundle: Path, edit_manifest: Edit, file: str) -> None:
    shutil.copy(own_bundle / "tokenizer.json", own_bundle.parent / "secret")
    edit_manifest(lambda tree: tree["files"]["tokenizer"].update(file=file))
    with pytest.raises(BundleError, match="leads out of the bundle"):
        Bundle.open(own_bundle).file("tokenizer")


def test_an_absolute_name_is_refused_even_inside(own_bundle: Path, edit_manifest: Edit) -> None:
    edit_manifest(lambda tree: tree["files"]["tokenizer"].update(file=str(own_bundle / "tokenizer.json")))
    with pytest.raises(BundleError, match="leads out of the bundle"):
        Bundle.open(own_bundle).file("tokenizer")


def test_a_symlink_out_is_refused_and_one_inside_is_not(own_bundle: Path) -> None:
    path = own_bundle / "tokenizer.json"
    path.rename(own_bundle / "kept.json")
    path.symlink_to("kept.json")
    content = Bundle.open(own_bundle).file("tokenizer")
    (own_bundle / "kept.json").rename(own_bundle.parent / "outside.json")
    path.unlink()
    path.symlink_to(own_bundle.parent / "outside.json")
    assert path.read_bytes() == content
    with pytest.raises(BundleError, match="leads out of the bundle"):
        Bundle.open(own_bundle).file("tokenizer")


@pytest.mark.parametrize("file", ["a\0b", "loop"])
def test_a_name_that_is_no_path_is_refused(own_bundle: Path, edit_manifest: Edit, file: str) -> None:
    (own_bundle / "loop").symlink_to("loop")
    edit_manifest(lambda tree: tree["files"]["tokenizer"].update(file=file))
    with pytest.raises(BundleError):
        Bundle.open(own_bundle).file("tokenizer")


def test_pickled_vectors_are_refused(own_bundle: Path, edit_manifest: Edit) -> None:
    np.savez(own_bundle / "test_vectors.npz", points=np.array([print], dtype=object))
    entry = file_entry(own_bundle / "test_vectors.npz")
    edit_manifest(lambda tree: tree["files"]["test_vectors"].update(vars(entry)))
    with pytest.raises(BundleError, match="no plain"):
        Bundle.open(own_bundle).test_vectors()


def test_a_real_model_with_external_data_is_refused(own_bundle: Path, edit_manifest: Edit) -> None:
    path = own_bundle / "points.fp32.onnx"
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (own_bundle / "weights.bin").stat().st_size > 0
    edit_manifest(lambda tree: tree["graphs"]["points"]["fp32"].update(vars(file_entry(path))))
    with pytest.raises(BundleError, match=r"points.fp32.onnx: this graph keeps weights outside its own file"):
        Bundle.open(own_bundle).graph("points", "fp32")


def test_a_truncated_model_is_refused_by_name(own_bundle: Path, edit_manifest: Edit) -> None:
    path = own_bundle / "points.fp32.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    edit_manifest(lambda tree: tree["graphs"]["points"]["fp32"].update(vars(file_entry(path))))
    with pytest.raises(BundleError, match=r"points.fp32.onnx: no ONNX model, or cut short. Export it again"):
        Bundle.open(own_bundle).graph("points", "fp32")


def test_the_bundle_in_the_wheel_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Bundle.open("cg3d-mini").directory == Bundle.open().directory
    assert len(repr(Bundle.open())) < 200

"""Bundles for `scripts/fuzz`: every file damaged, most with its hash made again so that the damage gets past the manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from cg3d_runtime.backends import open_backend, prove
from cg3d_runtime.bundle import BUNDLE_IN_WHEEL, Bundle
from cg3d_runtime.bundle.manifest import MANIFEST_FILE
from cg3d_runtime.bundle.signature import SIGNATURE_FILE, Signature, key_id
from cg3d_runtime.errors import BundleError, Cg3dError
from cg3d_runtime.files.cache_directory import CACHE_VARIABLE
from cg3d_runtime.labels import read_labels
from cg3d_runtime.recognizer import Recognizer
from fuzzing.isolation import Step, Target
from fuzzing.mutations import mutate, mutate_json, splice
from fuzzing.scans import mutate_npz

LABELS = "bowl\nmug: coffee mug; cup with a handle\nStraße ½ 😀 don't\n"
_SHIPPED_SHARE = 0.03  # of cases made from the bundle in the wheel, which is a thousand times larger than the tiny one
_TESTS = Path(__file__).resolve().parents[1] / "tests" / "runtime"


def write_bundle_seeds(folder: Path) -> None:
    """Write the tiny bundle of the tests and the one in the wheel, both signed, with the key that signed them."""
    sys.path.insert(0, str(_TESTS))
    from conftest import write_tiny_bundle

    add_seed(write_tiny_bundle(folder / "tiny"))
    add_seed(Path(shutil.copytree(BUNDLE_IN_WHEEL, folder / "shipped")))


def add_seed(bundle: Path) -> None:
    """Sign a bundle, and put key and label cache beside it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    manifest = (bundle / MANIFEST_FILE).read_bytes()
    signature = Signature(key_id(private.public_key()), private.sign(manifest))
    (bundle / SIGNATURE_FILE).write_text(signature.to_line())
    key = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    beside = _beside(bundle)
    beside.mkdir()
    (beside / "key.pem").write_bytes(key)
    (beside / "signed.json").write_bytes(manifest)
    (beside / "labels.txt").write_text(LABELS, encoding="utf-8")
    _with_cache(beside, lambda: Recognizer.open(beside / "labels.txt", bundle, backend="cpu", threads=1).close())


def write_bundle(random: Random, seeds: Path, folder: Path) -> Path:
    """One damaged bundle, `folder`/bundle; its key, labels and label cache lie beside it."""
    seed = seeds / "tiny"
    if random.random() < _SHIPPED_SHARE and (seeds / "shipped").is_dir():
        seed = seeds / "shipped"
    bundle, beside = folder / "bundle", _beside(folder / "bundle")
    shutil.copytree(seed, bundle, copy_function=_link)
    shutil.copytree(_beside(seed), beside)
    for _ in range(random.choice((1, 1, 1, 2))):
        damage = random.choice(_DAMAGE)
        damage(bundle, random)
        if damage is _replace_file:  # what is no file any more, or without end, cannot be damaged further
            break
    return bundle


def use_bundle(bundle: Path) -> list[Step]:
    """All that the runtime does with a bundle."""
    beside = _beside(bundle)
    return [
        lambda: _with_cache(beside, lambda: _recognise(bundle, beside / "labels.txt")),
        lambda: _open_signed(bundle, beside),
        lambda: _with_cache(beside / "empty", lambda: _recognise(bundle, beside / "labels.txt")),
        lambda: prove(open_backend(Bundle.open(bundle), "image", "cpu", threads=1), "image", _vectors(bundle)),
        lambda: prove(open_backend(Bundle.open(bundle), "text", "cpu", threads=1), "text", _vectors(bundle)),
    ]


def names_bundle(error: Cg3dError, bundle: Path) -> bool:
    """A BundleError names the bundle or a file of it; others are about labels, devices or scans."""
    names = (str(bundle), str(_beside(bundle)), "tokenizer.json")
    return not isinstance(error, BundleError) or any(name in str(error) for name in names)


BUNDLES = Target("bundles", write_bundle, use_bundle, names_bundle)


def _beside(bundle: Path) -> Path:
    return bundle.with_name(f"{bundle.name}-beside")


def _with_cache(folder: Path, use: Callable[[], None]) -> None:
    os.environ[CACHE_VARIABLE] = str(folder / "cache")
    use()


def _recognise(bundle: Path, labels: Path) -> None:
    with Recognizer.open(read_labels_lines(labels), bundle, backend="cpu", threads=1) as recognizer:
        prove(recognizer.backend, "points", recognizer.bundle.test_vectors())
        answer = recognizer(np.random.default_rng(3).random((100, 3), dtype=np.float32))
        answer.to_json()


def read_labels_lines(path: Path) -> list[str]:
    """The labels of a file, as lines again."""
    return [f"{label.name}: {'; '.join(label.phrases)}" for label in read_labels(path)]


def _open_signed(bundle: Path, beside: Path) -> None:
    opened = Bundle.open(bundle, beside / "key.pem")
    signed = (beside / "signed.json").read_bytes()
    assert (bundle / MANIFEST_FILE).read_bytes() == signed, f"an altered manifest was accepted: {opened.manifest.name}"


def _vectors(bundle: Path) -> dict[str, np.ndarray]:
    return Bundle.open(bundle).test_vectors()


def _link(source: str, destination: str) -> None:
    """Share a file of a seed, or copy it where findings are kept on another disk."""
    try:
        os.link(source, destination)
    except OSError:
        shutil.copyfile(source, destination)


def _replace(path: Path, content: bytes) -> None:
    """Write a file anew: the old one is a hard link to the seed's."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def _edit(bundle: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the JSON of the manifest, where an earlier damage has left it whole."""
    try:
        tree = json.loads((bundle / MANIFEST_FILE).read_bytes())
        change(tree)
    except (ValueError, TypeError, KeyError, AttributeError, OSError, IndexError, RecursionError):
        return
    _replace(bundle / MANIFEST_FILE, json.dumps(tree).encode("utf-8", "surrogatepass"))


def _entries(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [*tree["files"].values(), *(entry for graph in tree["graphs"].values() for entry in graph.values())]


def _rehash(bundle: Path, name: str) -> None:
    """Make the manifest promise what the file now holds."""
    content = (bundle / name).read_bytes()

    def change(tree: dict[str, Any]) -> None:
        for entry in _entries(tree):
            if entry["file"] == name:
                entry.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))

    _edit(bundle, change)


def _damage_manifest(bundle: Path, random: Random) -> None:
    text = (bundle / MANIFEST_FILE).read_bytes()
    try:
        changed = mutate_json(text, random)
    except (ValueError, RecursionError):  # damaged before
        changed = mutate(text, random)
    _replace(bundle / MANIFEST_FILE, changed)


def _damage_manifest_bytes(bundle: Path, random: Random) -> None:
    _replace(bundle / MANIFEST_FILE, mutate((bundle / MANIFEST_FILE).read_bytes(), random))


def _damage_graph(bundle: Path, random: Random) -> None:
    path = random.choice(sorted(bundle.glob("*.onnx")))
    _replace(path, mutate(path.read_bytes(), random))
    if random.random() < 0.9:
        _rehash(bundle, path.name)


def _damage_tokenizer(bundle: Path, random: Random) -> None:
    path = bundle / "tokenizer.json"
    try:
        content = random.choice((mutate_json, mutate))(path.read_bytes(), random)
    except (ValueError, RecursionError):
        content = mutate(path.read_bytes(), random)
    _replace(path, content)
    _rehash(bundle, path.name)


def _damage_vectors(bundle: Path, random: Random) -> None:
    path = bundle / "test_vectors.npz"
    try:
        content = random.choice((mutate_npz, mutate_npz, mutate))(path.read_bytes(), random)
    except Exception:  # an archive damaged before
        content = b"PK\x03\x04"
    _replace(path, content)
    _rehash(bundle, path.name)


def _swap_files(bundle: Path, random: Random) -> None:
    """Put one file's bytes, or its start, where another's are expected."""
    first, second = random.sample(sorted(path for path in bundle.iterdir() if path.is_file()), 2)
    content = random.choice((second.read_bytes(), splice(first.read_bytes(), second.read_bytes(), random)))
    _replace(first, content)
    if random.random() < 0.8:
        _rehash(bundle, first.name)


def _replace_file(bundle: Path, random: Random) -> None:
    """Something other than a file where one is expected, or none."""
    path = random.choice(sorted(bundle.iterdir()))
    path.unlink()
    random.choice(
        (
            lambda: None,
            path.mkdir,
            lambda: path.symlink_to(path),
            lambda: path.symlink_to("/etc/passwd"),
            lambda: path.symlink_to("/dev/zero"),
            lambda: path.symlink_to(bundle),
            lambda: os.mkfifo(path),
            lambda: path.touch(),
            lambda: path.open("wb").truncate(10**12),
        )
    )()


def _misname_file(bundle: Path, random: Random) -> None:
    """A path in the manifest that leads elsewhere, or lies about the size."""
    names = (
        "../bundle-beside/key.pem",
        "/etc/passwd",
        "/dev/zero",
        "..",
        ".",
        "",
        "C:\\x",
        "a\\..\\..\\b",
        "\x00",
        "\x1b[2J",
    )
    names += (
        MANIFEST_FILE,
        "a/" * 2000 + "b",
        "é" * 300,
        "tokenizer.json/x",
        "\ud800",
        "~/.bashrc",
        "file:///etc/passwd",
    )
    lie = random.choice(
        (
            {"file": random.choice(names)},
            {"file": random.choice(names)},
            {"bytes": random.choice((0, 10**12, 10**18, 1))},
        )
    )
    _edit(bundle, lambda tree: random.choice(_entries(tree)).update(lie))


def _damage_surroundings(bundle: Path, random: Random) -> None:
    """What lies beside a bundle: key, signature, labels, label cache."""
    beside = _beside(bundle)
    cache = sorted((beside / "cache").rglob("*.npz"))
    path = random.choice((bundle / SIGNATURE_FILE, beside / "key.pem", beside / "labels.txt", *cache))
    if path.is_file():
        change = mutate_npz if path.suffix == ".npz" and random.random() < 0.7 else mutate
        try:
            _replace(path, change(path.read_bytes(), random))
        except Exception:  # an archive damaged before
            _replace(path, b"")


_DAMAGE = (
    *(_damage_manifest,) * 6,
    _damage_manifest_bytes,
    *(_damage_graph,) * 4,
    *(_damage_tokenizer,) * 3,
    *(_damage_vectors,) * 3,
    _swap_files,
    _replace_file,
    *(_misname_file,) * 2,
    _damage_surroundings,
)

"""Keys are kept safe, and only whole bundles are signed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from cg3d_export.bundles.signing import sign_bundle, write_key_pair
from cg3d_export.bundles.triton import write_triton
from cg3d_export.bundles.verify import verify_bundle
from cg3d_export.bundles.writer import bundle_directory, require_replaceable
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import file_entry
from cg3d_runtime.errors import BundleError

rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
from cryptography.hazmat.primitives import serialization  # noqa: E402


@pytest.fixture
def bundle(exported, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported[0], tmp_path / "bundle"))


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Private and public."""
    return tmp_path / "fleet.pem", write_key_pair(tmp_path / "fleet.pem")[0]


def test_a_key_pair_is_written_with_the_private_one_for_its_owner_alone(tmp_path: Path) -> None:
    public, key_id = write_key_pair(tmp_path / "fleet.pem")

    assert public == tmp_path / "fleet.pub.pem"
    assert (tmp_path / "fleet.pem").stat().st_mode & 0o777 == 0o600
    assert public.read_text().startswith("-----BEGIN PUBLIC KEY-----")
    assert len(bytes.fromhex(key_id)) == 8
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.pem", "fleet.pub.pem"]


@pytest.mark.parametrize("name", ["fleet.pem", "fleet.pub.pem"])
def test_a_key_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("the only copy")
    with pytest.raises(BundleError, match=rf"{name} exists, and a key is never overwritten"):
        write_key_pair(tmp_path / "fleet.pem")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["the only copy"]


def test_a_signed_bundle_is_accepted_by_the_robot(bundle: Path, keys: tuple[Path, Path]) -> None:
    manifest = (bundle / "manifest.json").read_bytes()
    key_id = sign_bundle(bundle, keys[0])

    assert Bundle.open(bundle, keys[1]).manifest.name == "tiny"
    assert (bundle / "manifest.sig").read_text().split()[:3] == ["cg3d-signature-1", "ed25519", key_id]
    assert (bundle / "manifest.json").read_bytes() == manifest


def test_signing_again_replaces_the_signature(bundle: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    other, _ = write_key_pair(tmp_path / "other.pem")
    sign_bundle(bundle, tmp_path / "other.pem")
    sign_bundle(bundle, keys[0])

    assert Bundle.open(bundle, keys[1])
    with pytest.raises(BundleError, match="signed with the key"):
        Bundle.open(bundle, other)


@pytest.mark.parametrize("file", ["text.fp16.onnx", "MODEL_CARD.md"])
def test_a_bundle_that_is_not_whole_is_not_signed(bundle: Path, keys: tuple[Path, Path], file: str) -> None:
    with (bundle / file).open("ab") as appended:
        appended.write(b"\0")
    with pytest.raises(BundleError, match=rf"{file}: .*altered or cut short"):
        sign_bundle(bundle, keys[0])
    with pytest.raises(BundleError, match="no bundle can be read there"):
        sign_bundle(bundle.parent / "nowhere", keys[0])

    assert not (bundle / "manifest.sig").exists()


def test_exporting_over_a_signed_bundle_drops_the_signature(bundle: Path, keys: tuple[Path, Path], exported) -> None:
    sign_bundle(bundle, keys[0])
    require_replaceable(bundle)
    with bundle_directory(bundle) as folder:
        shutil.copytree(exported[0], folder, dirs_exist_ok=True)

    assert not (bundle / "manifest.sig").exists()
    with pytest.raises(BundleError, match="the bundle is not signed"):
        Bundle.open(bundle, keys[1])


def test_an_encrypted_key_wants_its_password(bundle: Path, tmp_path: Path) -> None:
    public, _ = write_key_pair(tmp_path / "secret.pem", b"correct horse")
    with pytest.raises(BundleError, match=r"secret.pem: the private key is encrypted: give its password"):
        sign_bundle(bundle, tmp_path / "secret.pem")
    with pytest.raises(BundleError, match="holds no private key, or the password is wrong"):
        sign_bundle(bundle, tmp_path / "secret.pem", b"battery staple")
    sign_bundle(bundle, tmp_path / "secret.pem", b"correct horse")

    assert Bundle.open(bundle, public)


def test_a_key_that_is_not_encrypted_wants_none(bundle: Path, keys: tuple[Path, Path]) -> None:
    with pytest.raises(BundleError, match="the private key is not encrypted: leave the password out"):
        sign_bundle(bundle, keys[0], b"correct horse")


@pytest.mark.parametrize("kind", ["public", "other", "garbage", "missing"])
def test_a_wrong_key_file_is_named(bundle: Path, keys: tuple[Path, Path], tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.pem"
    formats = serialization
    if kind == "public":
        shutil.copy(keys[1], file)
    elif kind == "other":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        content = key.private_bytes(formats.Encoding.PEM, formats.PrivateFormat.PKCS8, formats.NoEncryption())
        file.write_bytes(content)
    elif kind == "garbage":
        file.write_bytes(b"\xff" * 5000)

    wanted = {
        "public": "holds no private key",
        "other": r"holds a private key of another kind \(.*RSA",
        "garbage": "holds no private key",
        "missing": r"the private key cannot be read \(No such file or directory\)",
    }[kind]
    with pytest.raises(BundleError, match=rf"{kind}.pem:? {wanted}.*Ed25519 private key is expected.*`cg3d keygen`"):
        sign_bundle(bundle, file)


def test_without_cryptography_the_install_line_is_named(bundle: Path, tmp_path: Path, monkeypatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(BundleError, match=r'pip install cryptography \(the extra "sign"\)'):
        write_key_pair(tmp_path / "fleet.pem")
    with pytest.raises(BundleError, match=r'pip install cryptography \(the extra "sign"\)'):
        sign_bundle(bundle, tmp_path / "fleet.pem")


def test_a_graph_that_no_robot_would_run_is_not_signed(bundle: Path, keys: tuple[Path, Path]) -> None:
    """Its hashes are consistent; a field of it is one that parsers disagree about."""
    path = bundle / "image.fp16.onnx"
    path.write_bytes(path.read_bytes() + b"\xba\x80\x80\x80\x10\x00")  # Model.graph, and a bit beyond the 32 of C++
    tree = json.loads((bundle / "manifest.json").read_text())
    tree["graphs"]["image"]["fp16"] = vars(file_entry(path))
    (bundle / "manifest.json").write_text(json.dumps(tree))
    with pytest.raises(BundleError, match=r"image.fp16.onnx: .* a field that is not known here"):
        sign_bundle(bundle, keys[0])
    with pytest.raises(BundleError, match=r"image.fp16.onnx: .* a field that is not known here"):
        verify_bundle(bundle)
    with pytest.raises(BundleError, match=r"image.fp16.onnx: .* a field that is not known here"):
        write_triton(Bundle.open(bundle), bundle.with_name("triton"))
    assert not (bundle / "manifest.sig").exists()

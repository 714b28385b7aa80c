"""Signed bundles: a robot told to require a signature runs what the owner of the key signed, and nothing else."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cg3d_runtime import Bundle, BundleError
from cg3d_runtime.bench.cli import app as bench_app
from cg3d_runtime.bundle.signature import SIGNATURE_FILE, Signature, key_id
from cg3d_runtime.infer.cli import app
from cg3d_runtime.recognizer import Recognizer

ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402

Edit = Callable[[Callable[[dict[str, Any]], object]], Path]

# RFC 8032, section 7.1, test 1: the secret key and its public key.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def public_pem(key: Any) -> bytes:
    formats = serialization
    return bytes(key.public_bytes(formats.Encoding.PEM, formats.PublicFormat.SubjectPublicKeyInfo))


def private_pem(key: Any) -> bytes:
    formats = serialization
    return bytes(key.private_bytes(formats.Encoding.PEM, formats.PrivateFormat.PKCS8, formats.NoEncryption()))


def sign(bundle: Path, key: Any) -> None:
    """Written out, so that the format is tested against its description, not against our own writer."""
    value = base64.b64encode(key.sign((bundle / "manifest.json").read_bytes())).decode()
    line = f"cg3d-signature-1 ed25519 {key_id(key.public_key())} {value}\n"
    (bundle / SIGNATURE_FILE).write_text(line)


@pytest.fixture(scope="module")
def key() -> Any:
    return ed25519.Ed25519PrivateKey.generate()


@pytest.fixture
def key_file(key: Any, tmp_path: Path) -> Path:
    path = tmp_path / "fleet.pub.pem"
    path.write_bytes(public_pem(key.public_key()))
    return path


@pytest.fixture
def signed(own_bundle: Path, key: Any) -> Path:
    sign(own_bundle, key)
    return own_bundle


def test_a_signed_bundle_opens(signed: Path, key_file: Path) -> None:
    assert Bundle.open(signed, key_file).manifest.name == "tiny"
    with Recognizer.open(["mug", "bowl"], signed, backend="cpu", public_key=key_file) as recognizer:
        assert recognizer.bundle.directory == signed
    assert Bundle.open(signed).manifest.name == "tiny"  # nobody has to look


def test_the_key_id_is_the_start_of_the_keys_hash() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(SECRET).public_key()
    assert key == ed25519.Ed25519PublicKey.from_public_bytes(PUBLIC)
    assert key_id(key) == "21fe31dfa154a261"  # printf d75a...511a | xxd -r -p | sha256sum


def test_a_signature_survives_its_line() -> None:
    signature = Signature("0123456789abcdef", bytes(range(64)))
    assert Signature.from_line(signature.to_line().encode()) == signature


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_agrees(signed: Path, key_file: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.sig"
    raw.write_bytes(base64.b64decode((signed / SIGNATURE_FILE).read_text().split()[3]))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key_file, "-rawin"]
    done = subprocess.run(
        [*command, "-in", signed / "manifest.json", "-sigfile", raw], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_unsigned_bundle_is_refused(own_bundle: Path, key_file: Path) -> None:
    with pytest.raises(BundleError, match=r"the bundle is not signed \(manifest.sig is missing\).*`cg3d sign`"):
        Bundle.open(own_bundle, key_file)


def test_a_signature_of_another_key_is_refused(own_bundle: Path, key: Any, key_file: Path) -> None:
    other = ed25519.Ed25519PrivateKey.generate()
    sign(own_bundle, other)
    ids = (key_id(other.public_key()), key_id(key.public_key()))
    with pytest.raises(BundleError, match=rf"signed with the key {ids[0]}, but .*fleet.pub.pem is the key {ids[1]}"):
        Bundle.open(own_bundle, key_file)


def test_a_false_key_id_does_not_help(own_bundle: Path, key: Any, key_file: Path) -> None:
    sign(own_bundle, ed25519.Ed25519PrivateKey.generate())
    words = (own_bundle / SIGNATURE_FILE).read_text().split()
    words[2] = key_id(key.public_key())
    (own_bundle / SIGNATURE_FILE).write_text(" ".join(words))
    with pytest.raises(BundleError, match=r"is not what the key .* signed"):
        Bundle.open(own_bundle, key_file)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + b" ",
        lambda text: text.replace(b'"tiny"', b'"TINY"'),
        lambda text: text.replace(b"\n", b"\r\n"),
    ],
    ids=["a space more", "another name", "other line ends"],
)
def test_an_altered_manifest_is_refused(signed: Path, key_file: Path, change: Callable[[bytes], bytes]) -> None:
    path = signed / "manifest.json"
    path.write_bytes(change(path.read_bytes()))
    Bundle.open(signed)  # a manifest like any other, but not the one that was signed
    with pytest.raises(
        BundleError, match=r"manifest.json is not what the key .* signed: it, or manifest.sig, was altered"
    ):
        Bundle.open(signed, key_file)


def test_a_graph_swapped_together_with_its_hash_is_refused(signed: Path, edit_manifest: Edit, key_file: Path) -> None:
    def swap(tree: dict[str, Any]) -> None:
        graphs = tree["graphs"]
        graphs["points"]["fp32"], graphs["text"]["fp32"] = graphs["text"]["fp32"], graphs["points"]["fp32"]

    edit_manifest(swap)
    with pytest.raises(BundleError, match="is not what the key"):
        Bundle.open(signed, key_file)


def test_a_graph_swapped_alone_is_refused_by_its_hash(signed: Path, key_file: Path) -> None:
    shutil.copy(signed / "text.fp32.onnx", signed / "points.fp32.onnx")
    bundle = Bundle.open(signed, key_file)
    with pytest.raises(BundleError, match=r"points.fp32.onnx: .*altered or cut short"):
        bundle.graph("points", "fp32")


def test_what_was_verified_is_what_is_used(signed: Path, edit_manifest: Edit, key_file: Path) -> None:
    bundle = Bundle.open(signed, key_file)
    edit_manifest(lambda tree: tree.update(logit_scale=0.001))
    assert bundle.manifest.logit_scale == 10.0


def test_an_unverified_manifest_is_not_even_parsed(signed: Path, key_file: Path) -> None:
    (signed / "manifest.json").write_bytes(b"[" * 100_000)
    with pytest.raises(BundleError, match="is not what the key"):
        Bundle.open(signed, key_file)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", r"one line `cg3d-signature-1 ed25519 KEY_ID SIGNATURE` is expected, got b''"),
        (b"cg3d-signature-2 ed25519 0123456789abcdef AAAA", "KEY_ID SIGNATURE` is expected, got b'cg3d-signature-2"),
        (b"cg3d-signature-1 rsa 0123456789abcdef AAAA", "is expected"),
        (
            b"cg3d-signature-1 ed25519 0123456789\x1b[2J AAAA",
            r"16 hexadecimal digits is expected, got '0123456789\\x1b",
        ),
        (b"cg3d-signature-1 ed25519 0123456789abcdef AAAA", "a signature of 64 bytes is expected, got 3"),
        (b"cg3d-signature-1 ed25519 0123456789abcdef A", ""),
        (b"cg3d-signature-1 ed25519 0123456789abcdef \xc3\xa4", ""),
        (b"\0" * 100_000, "is expected"),
    ],
)
def test_a_malformed_signature_is_refused(signed: Path, key_file: Path, content: bytes, problem: str) -> None:
    (signed / SIGNATURE_FILE).write_bytes(content)
    with pytest.raises(BundleError, match=rf"manifest.sig: no signature of a bundle: .*{problem}"):
        Bundle.open(signed, key_file)


def test_a_signature_that_is_a_folder_is_refused(signed: Path, key_file: Path) -> None:
    (signed / SIGNATURE_FILE).unlink()
    (signed / SIGNATURE_FILE).mkdir()
    with pytest.raises(BundleError, match=r"manifest.sig: the signature cannot be read \(Is a directory\)"):
        Bundle.open(signed, key_file)


def test_a_signature_that_is_a_pipe_is_not_waited_for(signed: Path, key_file: Path) -> None:
    (signed / SIGNATURE_FILE).unlink()
    os.mkfifo(signed / SIGNATURE_FILE)
    with pytest.raises(BundleError, match=r"manifest.sig: the signature cannot be read \(Not a regular file\)"):
        Bundle.open(signed, key_file)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no public key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "holds no public key"),
        (b"\xff" * 10_000, "holds no public key"),
        ("private", "holds a private key, which must stay where bundles are signed"),
        ("rsa", r"holds a public key of another kind \(RSAPublicKey\)"),
        (None, r"the public key cannot be read \(No such file or directory\)"),
    ],
)
def test_a_malformed_key_is_refused(signed: Path, key: Any, tmp_path: Path, content: Any, problem: str) -> None:
    path = tmp_path / "bad.pem"
    if content == "private":
        content = private_pem(key)
    elif content == "rsa":
        content = public_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key())
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BundleError, match=rf"bad.pem:? {problem}.*Ed25519 public key is expected.*`cg3d keygen`"):
        Bundle.open(signed, path)


def run(capsys: pytest.CaptureFixture[str], *arguments: object, program: Any = app) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        program([str(argument) for argument in arguments])
    return int(ended.value.code or 0), *capsys.readouterr()


def test_the_command_requires_a_signature(
    capsys: pytest.CaptureFixture[str],
    signed: Path,
    key_file: Path,
    labels_file: Path,
    make_scan: Callable[..., Path],
) -> None:
    options = (make_scan(), "--labels", labels_file, "--bundle", signed, "--backend", "cpu", "--threads", 1)
    options = (*options, "--json", "--require-signature", key_file)
    code, out, _ = run(capsys, *options)
    assert (code, json.loads(out)["label"] in ("bowl", "mug", "plate")) == (0, True)

    (signed / SIGNATURE_FILE).unlink()
    code, out, err = run(capsys, *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"cg3d-infer: {signed}: the bundle is not signed")


def test_the_variable_requires_a_signature_of_whatever_opens_a_bundle(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    signed: Path,
    key_file: Path,
    tmp_path: Path,
    labels_file: Path,
    make_scan: Callable[..., Path],
) -> None:
    options = (make_scan(), "--labels", labels_file, "--bundle", signed, "--backend", "cpu", "--threads", 1)
    monkeypatch.setenv("CG3D_REQUIRE_SIGNATURE", str(key_file))
    assert Bundle.open(signed).manifest.name == "tiny"
    assert run(capsys, *options)[0] == 0
    (signed / SIGNATURE_FILE).unlink()
    with pytest.raises(BundleError, match="is not signed"):
        Bundle.open(signed)
    with pytest.raises(BundleError, match="is not signed"):
        Recognizer.open(["mug", "bowl"], signed, backend="cpu")
    code, out, err = run(capsys, *options)
    assert (code, out) == (2, "") and err.startswith(f"cg3d-infer: {signed}: the bundle is not signed")
    assert Bundle.open_unverified(signed).manifest.name == "tiny"
    monkeypatch.setenv("CG3D_REQUIRE_SIGNATURE", "")
    assert Bundle.open(signed).manifest.name == "tiny"
    monkeypatch.setenv("CG3D_REQUIRE_SIGNATURE", str(tmp_path / "gone.pem"))
    with pytest.raises(BundleError, match=r"gone.pem: the public key cannot be read"):
        Bundle.open(signed)


def test_a_key_that_is_named_wins_over_the_variable(
    monkeypatch: pytest.MonkeyPatch, signed: Path, key_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(public_pem(ed25519.Ed25519PrivateKey.generate().public_key()))
    monkeypatch.setenv("CG3D_REQUIRE_SIGNATURE", str(other))
    assert Bundle.open(signed, key_file).manifest.name == "tiny"
    with pytest.raises(BundleError, match="signed with the key"):
        Bundle.open(signed)


def test_the_benchmark_requires_a_signature(
    capsys: pytest.CaptureFixture[str], signed: Path, key_file: Path, make_scan: Callable[..., Path]
) -> None:
    options = ("--bundle", signed, make_scan(), "--repeats", 1, "--warm-up", 0, "--backend", "cpu", "--threads", 1)
    options = (*options, "--cold-starts", 1, "--require-signature", key_file)
    assert run(capsys, *options, program=bench_app)[0] == 0
    (signed / SIGNATURE_FILE).unlink()
    code, out, err = run(capsys, *options, program=bench_app)
    assert (code, out) == (2, "")
    assert err.startswith(f"cg3d-bench: {signed}: the bundle is not signed")


def test_a_robot_without_cryptography_gets_its_install_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    signed: Path,
    key_file: Path,
    labels_file: Path,
    make_scan: Callable[..., Path],
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    options = (make_scan(), "--labels", labels_file, "--bundle", signed, "--backend", "cpu", "--threads", 1)
    code, out, err = run(capsys, *options, "--require-signature", key_file)
    assert (code, out) == (2, "")
    assert 'pip install cryptography (the extra "sign")' in err
    assert run(capsys, *options)[0] == 0  # who requires none needs nothing


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_key_that_is_a_pipe_is_not_waited_for(signed: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key.pem")
    with pytest.raises(BundleError, match=r"key\.pem: the public key cannot be read \(Not a regular file\)"):
        Bundle.open(signed, tmp_path / "key.pem")

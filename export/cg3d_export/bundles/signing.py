"""Key pairs, and signatures of bundles; what a signature is and how a robot checks it: `cg3d_runtime.bundle.signature`."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import MANIFEST_FILE, Manifest
from cg3d_runtime.bundle.signature import SIGNATURE_FILE, Signature, key_id
from cg3d_runtime.errors import BundleError
from cg3d_runtime.files.atomic import write_atomically

INSTALL = 'pip install cryptography (the extra "sign")'
MOST_BYTES = 4096  # of a key file


def write_key_pair(private_file: Path, password: bytes | None = None) -> tuple[Path, str]:
    """Make an Ed25519 key pair: `private_file` (PKCS#8 PEM, mode 0600) and beside it the public key, `<stem>.pub.pem`.

    Args:
        password: encrypts the private key; None leaves that to the mode of the file.
    Returns:
        The file of the public key, and the key's id.
    Raises:
        BundleError: one of the two exists (a key that is overwritten can sign nothing any more), or `cryptography` is missing.
        OSError: they cannot be written; neither is left behind.
    """
    formats = _module("hazmat.primitives.serialization")
    public_file = private_file.with_name(f"{private_file.stem}.pub.pem")
    for file in (private_file, public_file):
        if file.exists():
            raise BundleError(f"{file} exists, and a key is never overwritten. Choose another name, or move it away.")
    key = _module("hazmat.primitives.asymmetric.ed25519").Ed25519PrivateKey.generate()
    secrecy = formats.BestAvailableEncryption(password) if password else formats.NoEncryption()
    private = key.private_bytes(formats.Encoding.PEM, formats.PrivateFormat.PKCS8, secrecy)
    public = key.public_key().public_bytes(formats.Encoding.PEM, formats.PublicFormat.SubjectPublicKeyInfo)
    write_atomically(private_file, private, mode=0o600)
    try:
        write_atomically(public_file, public)
    except OSError:
        private_file.unlink()
        raise
    return public_file, key_id(key.public_key())


def sign_bundle(directory: Path, private_file: Path, password: bytes | None = None) -> str:
    """Sign a bundle that is whole: write manifest.sig, in place of an older one.

    Args:
        private_file: PEM of an Ed25519 private key, as `write_key_pair` writes.
        password: of an encrypted key.
    Returns:
        The id of the key.
    Raises:
        BundleError: no readable bundle, a file of it that is not what its manifest promises, a graph that no
            robot would run, no usable key, or the
            `cryptography` package is missing; its message then holds the line that installs it.
        OSError: the signature cannot be written; an older one stays.
    """
    directory = Path(directory)
    key = _read_private_key(Path(private_file), password)
    Bundle.open_unverified(directory)  # for its message, where there is none
    manifest = (directory / MANIFEST_FILE).read_bytes()
    bundle = Bundle(directory, Manifest.from_json(manifest, str(directory / MANIFEST_FILE)))
    for entry in bundle.manifest.files.values():
        bundle.read(entry)
    for graph, precisions in bundle.manifest.graphs.items():
        for precision in precisions:
            bundle.graph(graph, precision)
    signature = Signature(key_id(key.public_key()), key.sign(manifest))
    write_atomically(directory / SIGNATURE_FILE, signature.to_line().encode())
    return signature.key_id


def _read_private_key(path: Path, password: bytes | None) -> Any:
    """The Ed25519PrivateKey of a PEM file."""
    formats = _module("hazmat.primitives.serialization")
    wanted = "The PEM file of an Ed25519 private key is expected, such as `cg3d keygen` writes"
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES)
        key = formats.load_pem_private_key(content, password)
    except OSError as error:
        raise BundleError(f"{path}: the private key cannot be read ({error.strerror}). {wanted}.") from error
    except TypeError as error:  # cryptography's way to say that there should be a password, or none
        advice = "is not encrypted: leave the password out" if password else "is encrypted: give its password"
        raise BundleError(f"{path}: the private key {advice}.") from error
    except (ValueError, _module("exceptions").UnsupportedAlgorithm) as error:
        raise BundleError(f"{path} holds no private key, or the password is wrong. {wanted}.") from error
    if not isinstance(key, _module("hazmat.primitives.asymmetric.ed25519").Ed25519PrivateKey):
        raise BundleError(f"{path} holds a private key of another kind ({type(key).__name__}). {wanted}.")
    return key


def _module(name: str) -> ModuleType:
    """A module of the `cryptography` package, which only signatures need."""
    try:
        return importlib.import_module(f"cryptography.{name}")
    except ImportError as error:
        raise BundleError(f"signatures need the cryptography package ({error}). Install it: {INSTALL}") from error

"""The signature of a bundle: proof that its manifest comes, byte for byte, from the owner of a key.

The manifest holds the SHA-256 of every other file, so its signature covers the whole bundle. It lies beside the manifest in
manifest.sig, one line of ASCII:

    cg3d-signature-1 ed25519 KEY_ID SIGNATURE

KEY_ID is the first 16 hexadecimal digits of the SHA-256 of the public key's 32 bytes: it tells which key to ask for, and
proves nothing. SIGNATURE is the base64 of the 64 bytes of Ed25519 (RFC 8032) over the exact bytes of manifest.json.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from cg3d_runtime.errors import BundleError
from cg3d_runtime.files.regular import open_regular

SIGNATURE_FILE = "manifest.sig"
INSTALL = 'pip install cryptography (the extra "sign")'

_KEY_ID = re.compile("[0-9a-f]{16}")
_HEAD = ("cg3d-signature-1", "ed25519")
_MOST_BYTES = 4096  # of manifest.sig and of a key file: no more of what may be anything is read
_SIGNATURE_BYTES = 64


@dataclass(frozen=True)
class Signature:
    """What manifest.sig holds."""

    key_id: str  # 16 lower-case hexadecimal digits
    value: bytes  # 64 bytes

    def to_line(self) -> str:
        """The content of manifest.sig."""
        return " ".join((*_HEAD, self.key_id, base64.b64encode(self.value).decode())) + "\n"

    @classmethod
    def from_line(cls, content: bytes) -> Signature:
        """Read the content of manifest.sig.

        Raises:
            ValueError: in words, what is wrong with it.
        """
        words = content.decode("ascii", "replace").split()
        if len(words) != 4 or tuple(words[:2]) != _HEAD:
            raise ValueError(f"one line `{' '.join(_HEAD)} KEY_ID SIGNATURE` is expected, got {content[:60]!r}")
        if not _KEY_ID.fullmatch(words[2]):
            raise ValueError(f"a key id of 16 hexadecimal digits is expected, got {words[2][:60]!r}")
        value = base64.b64decode(words[3], validate=True)
        if len(value) != _SIGNATURE_BYTES:
            raise ValueError(f"a signature of {_SIGNATURE_BYTES} bytes is expected, got {len(value)}")
        return cls(words[2], value)


def require_signature(directory: Path, manifest: bytes, public_key_file: Path) -> None:
    """Check that the owner of a key signed these very bytes of a manifest.

    Args:
        directory: of the bundle, where manifest.sig lies.
        manifest: the bytes of manifest.json that will be used.
        public_key_file: PEM (SubjectPublicKeyInfo) of an Ed25519 key.
    Raises:
        BundleError: no signature or a malformed one, one of another key, a manifest altered since, no readable key, or the
            `cryptography` package is missing; its message then holds the line that installs it.
    """
    key = _read_public_key(public_key_file)
    signature = _read_signature(directory / SIGNATURE_FILE)
    if signature.key_id != (expected := key_id(key)):
        raise BundleError(
            f"{directory}: signed with the key {signature.key_id}, but {public_key_file} is the key {expected}. "
            "Use a bundle from the owner of that key, or require the key that you trust."
        )
    try:
        key.verify(signature.value, manifest)
    except _module("cryptography.exceptions").InvalidSignature as error:
        raise BundleError(
            f"{directory}: manifest.json is not what the key {expected} signed: it, or {SIGNATURE_FILE}, was altered since. "
            "Copy the bundle again from a source that you trust."
        ) from error


def key_id(public_key: Any) -> str:
    """The 16 digits that name an Ed25519PublicKey of the `cryptography` package."""
    formats = _module("cryptography.hazmat.primitives.serialization")
    raw = public_key.public_bytes(formats.Encoding.Raw, formats.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _read_signature(path: Path) -> Signature:
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES)
    except FileNotFoundError as error:
        raise BundleError(
            f"{path.parent}: the bundle is not signed ({SIGNATURE_FILE} is missing), and a signature is required. "
            "Sign it with `cg3d sign`, or ask its source for a signed one."
        ) from error
    except OSError as error:
        raise BundleError(f"{path}: the signature cannot be read ({error.strerror}). Copy the bundle again.") from error
    try:
        return Signature.from_line(content)
    except ValueError as error:  # binascii.Error is one, too
        raise BundleError(f"{path}: no signature of a bundle: {error}. Copy the bundle again.") from error


def _read_public_key(path: Path) -> Any:
    """The Ed25519PublicKey of a PEM file."""
    formats = _module("cryptography.hazmat.primitives.serialization")
    unsupported = _module("cryptography.exceptions").UnsupportedAlgorithm
    wanted = "The PEM file of an Ed25519 public key is expected, such as `cg3d keygen` writes"
    content = b""
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES)
        key = formats.load_pem_public_key(content)
    except OSError as error:
        raise BundleError(f"{path}: the public key cannot be read ({error.strerror}). {wanted}.") from error
    except (ValueError, unsupported) as error:
        secret = b"PRIVATE KEY" in content
        found = "holds a private key, which must stay where bundles are signed" if secret else "holds no public key"
        raise BundleError(f"{path} {found}. {wanted}.") from error
    if not isinstance(key, _module("cryptography.hazmat.primitives.asymmetric.ed25519").Ed25519PublicKey):
        raise BundleError(f"{path} holds a public key of another kind ({type(key).__name__}). {wanted}.")
    return key


def _module(name: str) -> ModuleType:
    """A module of the `cryptography` package, which only signatures need."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise BundleError(f"signatures need the cryptography package ({error}). Install it: {INSTALL}") from error

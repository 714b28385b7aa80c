"""A bundle on disk: a directory whose every file is checked against its manifest before it is used.

A bundle is material from elsewhere. Its manifest is read first and alone; any other file is read once, as bytes, and those
very bytes are hashed and handed on, so that nothing can change between the check and the use.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

import numpy as np

from cg3d_runtime.bundle.manifest import MANIFEST_FILE, FileEntry, Manifest
from cg3d_runtime.bundle.onnx_check import require_plain_graph
from cg3d_runtime.choices import PRECISIONS
from cg3d_runtime.errors import BundleError, one_line
from cg3d_runtime.files.npz import read_arrays
from cg3d_runtime.files.regular import open_regular

BUNDLE_VARIABLE = "CG3D_BUNDLE"
SIGNATURE_VARIABLE = "CG3D_REQUIRE_SIGNATURE"  # the public key that must have signed what any program opens
BUNDLE_IN_WHEEL = Path(__file__).parents[1] / "bundles" / "cg3d-mini"

_MOST_MANIFEST_BYTES = 1 << 24  # nothing vouches for a manifest's size, so no more of it is read


def named_folder(named: Path) -> Path:
    """The folder that a user names: "cg3d-mini" means the bundle inside the wheel, where no such folder is here."""
    return BUNDLE_IN_WHEEL if str(named) == BUNDLE_IN_WHEEL.name and not named.exists() else named


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: its directory and its manifest."""

    directory: Path
    manifest: Manifest = field(repr=False)

    @classmethod
    def open(
        cls, directory: str | os.PathLike[str] | None = None, public_key: str | os.PathLike[str] | None = None
    ) -> Bundle:
        """Read the manifest of a bundle, and nothing else yet.

        Args:
            directory: None means the one that CG3D_BUNDLE names, else the one inside the wheel, which
                "cg3d-mini" means too.
            public_key: PEM file of the Ed25519 key that must have signed the bundle; None means the one that
                CG3D_REQUIRE_SIGNATURE names, and without it unsigned ones are taken too. The bytes that are verified are the
                ones that are then read, and they hold the hash of every other file.
        Raises:
            BundleError: no bundle there, a manifest that this runtime cannot read, or not the signature asked for.
        """
        if not isinstance(directory, str | os.PathLike | None):
            raise BundleError(
                f"a bundle is named by its directory, got a {type(directory).__name__}; labels=... takes words."
            )
        if not isinstance(public_key, str | os.PathLike | None):
            raise BundleError(f"a public key is named by its PEM file, got a {type(public_key).__name__}.")
        folder = named_folder(Path(directory or os.environ.get(BUNDLE_VARIABLE) or BUNDLE_IN_WHEEL))
        key = public_key or os.environ.get(SIGNATURE_VARIABLE)
        return cls._open(folder, Path(key) if key else None)

    @staticmethod
    def is_at(directory: str | os.PathLike[str]) -> bool:
        """Whether a directory holds the manifest of a bundle, or of what calls itself one."""
        try:
            return Path(directory, MANIFEST_FILE).is_file()
        except (OSError, ValueError):  # a name too long, or with a NUL
            return False

    @classmethod
    def open_unverified(cls, directory: str | os.PathLike[str]) -> Bundle:
        """The same, whatever signature is asked for: for programs that write a bundle or sign it, never to run it."""
        return cls._open(Path(directory), None)

    @classmethod
    def _open(cls, folder: Path, public_key: Path | None) -> Bundle:
        path = folder / MANIFEST_FILE
        try:
            with open_regular(path) as file:
                text = file.read(_MOST_MANIFEST_BYTES)
        except OSError as error:
            raise BundleError(
                f"{folder}: no bundle can be read there ({MANIFEST_FILE}: {error.strerror}). "
                f"Name a directory written by `cg3d export`: --bundle, bundle=... in Python, or {BUNDLE_VARIABLE}."
            ) from error
        if public_key is not None:
            from cg3d_runtime.bundle.signature import require_signature  # robots that ask for none need not load it

            require_signature(folder, text, public_key)
        return cls(folder, Manifest.from_json(text, str(path)))

    def read(self, entry: FileEntry) -> bytes:
        """Read one file of the manifest.

        Raises:
            BundleError: a path that leaves the bundle, a missing file, or bytes other than the manifest promises.
        """
        path = self._inside(entry.file)
        try:
            with open_regular(path) as file:
                size = os.fstat(file.fileno()).st_size
                content = file.read() if size == entry.bytes else b""
        except OSError as error:
            raise BundleError(
                f"{path}: the manifest lists it, but: {error.strerror}. Copy the bundle again."
            ) from error
        if size != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise BundleError(
                f"{path}: {size} bytes that are not the {entry.bytes} bytes of SHA-256 {entry.sha256} in the manifest: "
                "altered or cut short. Copy the bundle again."
            )
        return content

    def file(self, role: str) -> bytes:
        """Read one of the manifest's `files` by its role, such as `tokenizer`."""
        if role not in self.manifest.files:
            raise BundleError(f"{self.directory}: no {role} in this bundle; its files: {_listed(self.manifest.files)}.")
        return self.read(self.manifest.files[role])

    def graph(self, name: str, precision: str = "auto") -> bytes:
        """Read a graph (points, text or image) as the bytes of an ONNX model.

        Raises:
            BundleError: as `read`, no such graph, or one that `require_plain_graph` does not take.
        """
        entry = self.graph_entry(name, precision)
        model = self.read(entry)
        try:
            require_plain_graph(model)
        except ValueError as error:
            raise BundleError(
                f"{self.directory / entry.file}: {one_line(error)}. Export it again with `cg3d export`."
            ) from error
        return model

    def graph_entry(self, name: str, precision: str = "auto") -> FileEntry:
        """The manifest's entry of a graph."""
        resolved = self.precision(name, precision)
        return self.manifest.graphs[name][resolved]

    def precision(self, graph: str, wanted: str = "auto") -> str:
        """Resolve `auto` to the most exact precision there is, and check that the bundle holds `graph` so.

        Raises:
            BundleError: no such graph, or not at the precision asked for.
        """
        held = self.manifest.graphs.get(graph, {})
        if not held:
            raise BundleError(
                f"{self.directory}: no {graph} graph in this bundle; its graphs: {_listed(self.manifest.graphs)}."
            )
        if wanted == "auto":
            return min(held, key=PRECISIONS.index)
        if wanted not in held:
            raise BundleError(f"{self.directory}: no {wanted} {graph} graph in this bundle; it has: {_listed(held)}.")
        return wanted

    def test_vectors(self) -> dict[str, np.ndarray]:
        """The inputs and expected features by which a device proves itself: `points`, `points_features` and so on."""
        content = self.file("test_vectors")
        try:
            return read_arrays(content)
        except ValueError as error:
            path = self.directory / self.manifest.files["test_vectors"].file
            raise BundleError(
                f"{path}: the test vectors are no plain .npz archive ({one_line(error, 200)}). Export it again."
            ) from error

    def _inside(self, file: str) -> Path:
        """The path of a bundle's file, symlinks followed, provided that it lies inside the bundle."""
        try:
            root = self.directory.resolve()
            path = (root / file).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of symlinks, a NUL in the name
            raise BundleError(f"{self.directory}: the manifest names {file!r}, which is no path: {error}.") from error
        windows = PureWindowsPath(file)  # takes both slashes; a bundle must mean the same on every platform
        if windows.anchor or ".." in windows.parts or root not in path.parents:
            raise BundleError(
                f"{self.directory}: the manifest names {file!r}, which leads out of the bundle. "
                "Every file must lie inside it: copy the bundle again with its links resolved."
            )
        return path


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"

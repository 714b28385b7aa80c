"""The arrays of a glTF file, and new ones in the plain form that every version of trimesh reads.

trimesh (4.4 to 5.2) takes normalised integers for what they are, and leaves the sparse part of an accessor out.
Source: glTF 2.0 specification, section 3.6.2 (accessors); KHR_mesh_quantization, "Encoding Quantized Data".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.meshes.gltf.checks import COLUMNS

_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


class Accessors:
    """Reads the accessors of a file by their numbers."""

    def __init__(self, tree: dict[str, Any], buffers: list[bytes]) -> None:
        self._accessors = tree.get("accessors", [])
        self._views = tree.get("bufferViews", [])
        self._buffers = buffers

    def array(self, number: int) -> np.ndarray:
        """(N, columns) as stored, or float32 in [-1, 1] where it holds normalised integers.

        Raises:
            ScanError: it reaches beyond its data.
        """
        accessor = self._accessors[number]
        stored = self._stored(accessor, number)
        if "sparse" in accessor:
            stored = self._with_sparse(stored, accessor["sparse"], number)
        if not accessor.get("normalized") or stored.dtype.kind == "f":
            return stored
        scaled: np.ndarray = stored.astype(np.float32) / np.float32(np.iinfo(stored.dtype).max)
        return scaled.clip(min=np.float32(-1.0))

    def view(self, number: int) -> bytes:
        """The bytes of a buffer view."""
        return bytes(self._view(self._views[number]))

    def _stored(self, accessor: dict[str, Any], number: int) -> np.ndarray:
        columns, dtype = COLUMNS[accessor["type"]], np.dtype(_DTYPES[accessor["componentType"]])
        if "bufferView" not in accessor:
            return np.zeros((accessor["count"], columns), dtype)
        return self._rows(accessor, accessor["count"], columns, dtype, number)

    def _with_sparse(self, stored: np.ndarray, sparse: dict[str, Any], number: int) -> np.ndarray:
        index_dtype = np.dtype(_DTYPES[sparse["indices"]["componentType"]])
        rows = self._rows(sparse["indices"], sparse["count"], 1, index_dtype, number)[:, 0]
        values = self._rows(sparse["values"], sparse["count"], stored.shape[1], stored.dtype, number)
        if rows.size and rows.max() >= len(stored):
            raise ScanError(f"its accessor {number} has sparse values beyond its {len(stored)} rows. Export it again.")
        filled: np.ndarray = stored.copy()
        filled[rows] = values
        return filled

    def _rows(self, stored: dict[str, Any], count: int, columns: int, dtype: np.dtype[Any], number: int) -> np.ndarray:
        view, offset = self._views[stored["bufferView"]], stored.get("byteOffset", 0)
        data = self._view(view)
        row = columns * dtype.itemsize
        stride = view.get("byteStride") or row
        if count < 1 or offset < 0 or offset + (count - 1) * stride + row > len(data):
            raise ScanError(f"its accessor {number} reaches beyond its buffer view. Export it again.")
        rows: np.ndarray = np.ndarray((count, columns), dtype, data, offset, (stride, dtype.itemsize))
        return rows

    def _view(self, view: dict[str, Any]) -> memoryview:
        start, length = view.get("byteOffset", 0), view["byteLength"]
        data = memoryview(self._buffers[view["buffer"]])[start : start + length]
        if start < 0 or len(data) != length:
            raise ScanError("a buffer view reaches beyond its buffer. Export it again.")
        return data


class PlainAccessors:
    """The accessors that trimesh is handed, all in one buffer."""

    def __init__(self, source: Accessors) -> None:
        self._source = source
        self._known: dict[int, int] = {}
        self._blobs: list[bytes] = []
        self._length = 0
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []

    def take(self, number: int) -> int:
        """The new number of an accessor of the file."""
        if number not in self._known:
            self._known[number] = self.add(self._source.array(number))
        return self._known[number]

    def add(self, array: np.ndarray) -> int:
        """The new number of an array of one of the types that glTF knows, (N, columns)."""
        blob = array.tobytes()
        component = next(code for code, dtype in _DTYPES.items() if array.dtype == np.dtype(dtype))
        self.views.append({"buffer": 0, "byteOffset": self._length, "byteLength": len(blob)})
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": component,
                "count": len(array),
                "type": _TYPES[array.shape[1]],
            }
        )
        self._blobs.append(blob)
        self._length += len(blob)
        return len(self.accessors) - 1

    def buffer(self) -> bytes:
        """All arrays, one after the other."""
        return b"".join(self._blobs)

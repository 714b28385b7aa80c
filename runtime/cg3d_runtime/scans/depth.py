"""Depth images: one view of a depth camera, as points in the camera's frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cg3d_runtime.errors import ScanError, one_line
from cg3d_runtime.measured import as_unit_rgb
from cg3d_runtime.npz import read_array
from cg3d_runtime.points import PointCloud

DEPTH_SUFFIXES = (".png", ".tif", ".tiff", ".npy")
MILLIMETRES = 1000.0  # units a metre of nearly every depth camera
_WITHOUT_ALPHA = {"P": "RGB", "PA": "RGB", "RGBA": "RGB", "CMYK": "RGB", "LA": "L"}  # Pillow's image modes
_MOST_PIXELS = 1 << 25  # an 8K picture; a damaged header may claim far more, which Pillow would allocate
_SATURATED = np.iinfo(np.uint16).max  # what 16-bit cameras write beyond their range


class Intrinsics(NamedTuple):
    """A pinhole camera without distortion: focal lengths and principal point, in pixels of the depth image.

    Pixel (0, 0) is the centre of the top left pixel, as in OpenCV and ROS.
    """

    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True)
class DepthImage:
    """A depth image as a scan; see `read_depth` for its fields."""

    path: str | Path
    intrinsics: Intrinsics
    scale: float | None = None
    mask: str | Path | None = None
    rgb: str | Path | None = None

    def read(self) -> PointCloud:
        """Raises: ScanError: as `read_depth`."""
        return read_depth(self.path, self.intrinsics, self.scale, self.mask, self.rgb)


def parse_intrinsics(text: str) -> Intrinsics:
    """Parse `fx,fy,cx,cy`.

    Raises:
        ScanError: not four finite numbers, or a focal length that is not above 0.
    """
    try:
        fx, fy, cx, cy = (float(word) for word in text.split(","))
    except ValueError as error:
        raise ScanError(f"intrinsics must be four numbers fx,fy,cx,cy in pixels, got {text!r}.") from error
    if not (all(map(math.isfinite, (fx, fy, cx, cy))) and fx > 0 and fy > 0):
        raise ScanError(f"intrinsics must be finite, with focal lengths above 0, got {text!r} for fx,fy,cx,cy.")
    return Intrinsics(fx, fy, cx, cy)


def read_depth(
    path: str | Path,
    intrinsics: Intrinsics,
    depth_scale: float | None = None,
    mask: str | Path | None = None,
    rgb: str | Path | None = None,
) -> PointCloud:
    """Read a depth image as points in the camera's frame, in metres: x right, y down, z forward; `up` is "-y".

    Args:
        path: PNG, TIFF or NPY of one channel: 16 or 32 bit integers, or floats. Pixels of 0 or less, NaN, infinity, and
            65535 in 16 bits are no measurement.
        intrinsics: of the image as stored; for a scaled image scale them alike.
        depth_scale: units a metre; None: 1000 for integers (millimetres), 1 for floats (metres).
        mask: image of the same size whose non-zero pixels are the object; None: every pixel.
        rgb: colour image of the same size, registered to the depth image.
    Raises:
        ScanError: one line that starts with the file's name: it cannot be read, is no such image, has another size, or no
            pixel is left.
    """
    if depth_scale is not None and not 0 < depth_scale < math.inf:
        raise ScanError(f"depth scale must be above 0 and finite, the units in a metre; got {depth_scale}.")
    path = Path(path)
    depth = _read(path)
    if depth.ndim != 2 or depth.dtype.kind not in "fiu" or depth.dtype.itemsize == 1:
        raise ScanError(
            f"{path.name}: holds {depth.dtype} of shape {depth.shape}; a depth image is one channel of 16-bit integers or "
            "floats. 8-bit images are pictures of depth, not depth."
        )
    is_object = _measured(depth) if mask is None else _measured(depth) & _read_mask(Path(mask), depth.shape)
    if not is_object.any():
        raise ScanError(f"{path.name}: no pixel has a depth{'' if mask is None else f' inside {Path(mask).name}'}.")
    scale = depth_scale or (1.0 if depth.dtype.kind == "f" else MILLIMETRES)
    colours = None if rgb is None else _read_colours(Path(rgb), depth.shape)[is_object]
    return PointCloud(_back_project(depth, is_object, intrinsics, scale), colours, up="-y")


def _back_project(depth: np.ndarray, chosen: np.ndarray, camera: Intrinsics, scale: float) -> np.ndarray:
    """The points behind the chosen pixels, row by row, (N, 3) float32 metres."""
    row, column = np.nonzero(chosen)
    z = depth[row, column].astype(np.float64) / scale
    x = (column - camera.cx) / camera.fx * z
    y = (row - camera.cy) / camera.fy * z
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is dropped later
        return np.stack([x, y, z], axis=1).astype(np.float32)


def _measured(depth: np.ndarray) -> np.ndarray:
    """Which pixels hold a measurement."""
    limit = _SATURATED if depth.dtype == np.uint16 else np.inf
    measured: np.ndarray = (depth > 0) & (depth < limit)
    return measured


def _read_mask(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    mask = _read(path)
    _check_shape(path, mask, shape)
    inside: np.ndarray = (mask.reshape(*shape, -1) != 0).any(axis=2)
    return inside


def _read_colours(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    image = _read(path)
    _check_shape(path, image, shape)
    if image.ndim != 3 or image.shape[2] < 3:
        raise ScanError(f"{path.name}: holds {image.dtype} of shape {image.shape}; a colour image (H, W, 3) is needed.")
    return as_unit_rgb(image[..., :3])


def _check_shape(path: Path, image: np.ndarray, shape: tuple[int, ...]) -> None:
    if image.shape[:2] != shape:
        got, expected = ("x".join(map(str, size[1::-1])) for size in (image.shape, shape))
        raise ScanError(f"{path.name}: is {got} pixels, the depth image {expected}; register one to the other.")


def _read(path: Path) -> np.ndarray:
    """An image or array file as stored: (H, W), or (H, W, channels)."""
    try:
        return _read_npy(path) if path.suffix.lower() == ".npy" else _read_image(path)
    except ScanError as error:
        raise ScanError(f"{path.name}: {one_line(error)}") from error
    except OSError as error:
        raise ScanError(f"{path.name}: cannot be read: {error.strerror or error}.") from error


def _read_npy(path: Path) -> np.ndarray:
    try:
        with path.open("rb") as file:
            array = read_array(file, path.stat().st_size)
    except ValueError as error:
        raise ScanError(f"is not an array that can be read without pickle: {error}.") from error
    if array.dtype.kind not in "biuf":
        raise ScanError(f"holds {array.dtype} of shape {array.shape}; numbers of shape (H, W) are needed.")
    return array


def _read_image(path: Path) -> np.ndarray:
    try:
        from PIL import Image
    except ImportError as error:
        raise ScanError(f'reading {path.suffix} images needs Pillow: pip install "cg3d-runtime[image]"') from error
    with path.open("rb") as file:
        try:
            with Image.open(file) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise ValueError(f"{image.width} x {image.height} pixels, above the limit of {_MOST_PIXELS}")
                return np.asarray(image.convert(_WITHOUT_ALPHA.get(image.mode, image.mode)))
        except Exception as error:  # of any of its decoders, and of images too large to be meant
            raise ScanError(f"is not an image that Pillow can read: {error!r}.") from error

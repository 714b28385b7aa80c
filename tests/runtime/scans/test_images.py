"""Pictures from elsewhere: which formats are opened, and that no program is started for any."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.depth import read_depth
from cg3d_runtime.scans.images import decoded, open_image

COLOURS = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\nshowpage\n%%EOF\n"


def encoded(image: Image.Image, format: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM", "GIF", "TGA", "MPO"])
def test_usual_formats_are_opened(format: str) -> None:
    content = encoded(Image.fromarray(COLOURS), format)
    with open_image(io.BytesIO(content)) as image:
        assert decoded(image).shape == (6, 8, 3)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (EPS, "EPS or PostScript"),
        (b"\xc5\xd0\xd3\xc6" + bytes(60), "EPS"),
        (b"v/1\x01" + bytes(60), "OpenEXR"),
        (b"#?RADIANCE\n", "Radiance HDR"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS" + bytes(40), "Photoshop"),
        (b"DDS " + bytes(200), "DDS"),
        (b"\xabKTX 20\xbb\r\n\x1a\n", "KTX"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIF, AVIF or video"),
        (b"<!DOCTYPE html>", "HTML or XML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
    ],
)
def test_others_are_refused_by_name(content: bytes, name: str) -> None:
    with pytest.raises(
        ScanError, match=rf"^is a file of the format {name}, which is not read as an image; give one of PNG"
    ):
        open_image(io.BytesIO(content))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
def test_damaged_files_are_one_line(format: str) -> None:
    content = encoded(Image.fromarray(np.tile(COLOURS, (20, 20, 1))), format)
    for place in (0, 1, 20, len(content) // 2, len(content) - 30):
        assert why_not(content[:place]).startswith("is not an image that Pillow can read")


def why_not(content: bytes) -> str:
    with pytest.raises(ScanError) as error, open_image(io.BytesIO(content)) as image:
        decoded(image)
    return str(error.value)


@pytest.mark.parametrize("side", [6000, 12000, 40000])
def test_huge_pictures_are_refused_without_a_warning(side: int) -> None:
    """Pillow warns above 89 million pixels, and refuses above twice that."""
    content = bytearray(encoded(Image.fromarray(COLOURS), "BMP"))
    content[18:26] = side.to_bytes(4, "little") * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ScanError, match=r"^has (\d+ x \d+ pixels, above|more pixels than) the limit"):
            open_image(io.BytesIO(bytes(content)))


@pytest.fixture
def fake_gs(tmp_path: Path) -> Path:
    """A folder for PATH whose `gs` leaves a trace."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    (folder / "gs").chmod(0o755)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for Ghostscript")
@pytest.mark.parametrize("role", ["depth", "mask", "rgb"])
def test_ghostscript_is_never_started(tmp_path: Path, fake_gs: Path, role: str) -> None:
    (tmp_path / "eps.png").write_bytes(EPS)
    Image.fromarray(np.full((16, 16), 900, np.uint16)).save(tmp_path / "good.png")
    program = (
        "import sys; from pathlib import Path; from cg3d_runtime import DepthImage, ScanError\n"
        "folder, role = Path(sys.argv[1]), sys.argv[2]\n"
        "files = {'depth': folder / 'good.png', 'mask': None, 'rgb': None} | {role: folder / 'eps.png'}\n"
        "try: DepthImage(files['depth'], (20, 20, 8, 8), mask=files['mask'], rgb=files['rgb']).read()\n"
        "except ScanError as error: print(error)"
    )
    path = f"{fake_gs}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-c", program, tmp_path, role]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path})
    assert ran.stdout.startswith(
        f"{tmp_path}/eps.png: is a file of the format EPS or PostScript, which is not read as an image"
    )
    assert not (tmp_path / "started").exists() and not ran.stderr


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "CMYK", "1", "YCbCr"])
def test_pictures_of_depth_are_refused(tmp_path: Path, mode: str) -> None:
    Image.fromarray(COLOURS).convert("L").convert("RGB").convert(mode if mode != "YCbCr" else "RGB").save(
        tmp_path / "depth.tif"
    )
    with pytest.raises(
        ScanError, match=r"/depth\.tif: holds (uint8|bool) of shape .*; a depth image is one channel of 16-bit"
    ):
        read_depth(tmp_path / "depth.tif", (20, 20, 4, 3))


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 300 + ".png", "folder"])
def test_names_that_cannot_be_opened_are_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ScanError, match=r"^[^\n]*: (cannot be read: |is a folder; an image is needed)[^\0\n]*$"):
        read_depth(tmp_path / name, (20, 20, 4, 3))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "depth.png")
    with pytest.raises(ScanError, match=r"/depth\.png: cannot be read: Not a regular file"):
        read_depth(tmp_path / "depth.png", (20, 20, 4, 3))

"""XYZ, TXT and CSV: separators, headers, comments, colours or normals, and what is wrong with broken files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: str, name: str = "scan.xyz") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode())
        return path

    return write_file


@pytest.mark.parametrize("name", ["scan.xyz", "scan.txt", "scan.csv", "SCAN.XYZ"])
@pytest.mark.parametrize(
    "content",
    [
        "1 2 3\n4 5 6\n",
        "1\t2\t3\n4\t5\t6",
        "1, 2, 3\r\n4, 5, 6\r\n",
        "1;2;3\n\n4;5;6\n\n",
        "# a comment\n1 2 3 # and another\n// and a third\n4 5 6\n",
        "2\n1 2 3\n4 5 6\n",
        "x y z\n1 2 3\n4 5 6\n",
        "X,Y,Z\n1,2,3\n4,5,6\n",
        '"x";"y";"z"\n1;2;3\n4;5;6\n',
        "//X Y Z\n1 2 3\n4 5 6\n",
        "# x y z\n# made today\n1 2 3\n4 5 6\n",
        "z,y,x\n3,2,1\n6,5,4\n",
        "id,x,y,z,name\n7,1,2,3,mug\n8,4,5,6,cup\n",
        "1 2 3 0.7\n4 5 6 0.8\n",
        "\ufeff1 2 3\n4 5 6\n",
        "1e0 +2.0 3.\n4 5 6\n",
    ],
)
def test_layouts(write: Write, name: str, content: str) -> None:
    cloud = read_scan(write(content, name))
    assert cloud.xyz.tolist() == [[1, 2, 3], [4, 5, 6]] and cloud.rgb is None and cloud.up == "z"


@pytest.mark.parametrize(
    "content",
    [
        "1 2 3 255 0 51\n4 5 6 0 102 0\n",
        "1 2 3 1.0 0.0 0.2\n4 5 6 0.0 0.4 0.0\n",
        "1,2,3,255,0,51,9\n4,5,6,0,102,0,9\n",
        "x,y,z,nx,ny,nz,Red,Green,Blue\n1,2,3,0,0,1,255,0,51\n4,5,6,0,0,1,0,102,0\n",
        "//X Y Z Intensity R G B\n1 2 3 9 65535 0 13107\n4 5 6 9 0 26214 0\n",
    ],
)
def test_colours(write: Write, content: str) -> None:
    cloud = read_scan(write(content))
    assert cloud.xyz.tolist() == [[1, 2, 3], [4, 5, 6]] and cloud.rgb is not None
    np.testing.assert_allclose(cloud.rgb, [[1, 0, 0.2], [0, 0.4, 0]], atol=1e-6)


@pytest.mark.parametrize("normals", ["-0.6 0.8 0", "0 0.6 0.8", "0 0 300"])
def test_normals_are_not_colours(write: Write, normals: str) -> None:
    assert read_scan(write(f"1 2 3 {normals}\n4 5 6 {normals}\n")).rgb is None


def test_not_a_number_is_kept(write: Write) -> None:
    assert np.isnan(read_scan(write("nan nan nan\n1 2 3\n")).xyz[0]).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty (0 bytes)."),
        ("# nothing\n\n", "holds no line of numbers; lines like `x y z` or `x,y,z,r,g,b` are needed."),
        ("A poem.\nAbout points.\n", "holds no line of numbers; lines like `x y z` or `x,y,z,r,g,b` are needed."),
        ("1 2\n3 4\n", "holds float64 of shape (2, 2); numbers of shape (N, 3) or (N, 6) are needed."),
        (
            "1 2 3\n1 2\n",
            "line 2 holds not 3 numbers, but 2; every line must hold equally many numbers.",
        ),
        (
            "1 2 3\n1 b 3\n",
            "line 2, column 2: 'b' is no number; every line must hold equally many numbers.",
        ),
        (
            "x,y,i\n1,2,3\n",
            "the header has x, y only; a z column is needed. Fields found: x, y, i. Name three of them "
            "x, y and z in the file's first line.",
        ),
    ],
)
def test_broken_files(write: Write, content: str, message: str) -> None:
    with pytest.raises(ScanError) as error:
        read_scan(path := write(content))
    assert str(error.value) == f"{path}: {message}"

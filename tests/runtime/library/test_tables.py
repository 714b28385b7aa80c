"""A user's own columns, read from CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library.tables import read_table


def table(folder: Path, text: str, name: str = "known.csv") -> Path:
    (folder / name).write_bytes(text.encode())
    return folder / name


def test_fields_have_the_narrowest_type_that_holds_the_column(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "path,year,price,broken,owner\na.ply,1999,3,true,me\nb.ply,2001,2.5,False,\n"))
    assert len(read) == 2
    assert read.of(str(tmp_path / "a.ply")) == {"year": 1999, "price": 3.0, "broken": True, "owner": "me"}
    assert read.of(str(tmp_path / "b.ply")) == {"year": 2001, "price": 2.5, "broken": False}


def test_a_scan_is_known_by_its_path_or_a_name_that_is_there_once(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "file,x\nin/a.ply,1\nout/a.ply,2\nin/b.ply,3\n"))
    assert read.of(str(tmp_path / "in" / "a.ply")) == {"x": 1}
    assert read.of("/elsewhere/b.ply") == {"x": 3}
    assert read.of("/elsewhere/a.ply") == {} == read.of("/elsewhere/c.ply")


def test_our_own_columns_are_left_out_but_for_what_a_user_may_know_better(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "id,sha256,label,size,error,path\n7,x,mug,0.1,none,a.ply\n"))
    assert read.of(str(tmp_path / "a.ply")) == {"label": "mug", "size": 0.1}


def test_tabs_and_byte_order_marks_are_taken(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "\ufeffpath\towner\na.ply\tyou, me\n", "known.tsv"))
    assert read.of(str(tmp_path / "a.ply")) == {"owner": "you, me"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,x\na,1\n", "a column path, file, id must name the scans; got 'name, x'"),
        ("path,x\na.ply,1\nb.ply\n", "row 3 has not the 2 fields"),
        ("", "no table in CSV"),
        ('path\n"a', "no table in CSV"),
    ],
)
def test_what_is_no_table_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=message):
        read_table(table(tmp_path, text))
    with pytest.raises(LibraryError, match="No such file"):
        read_table(tmp_path / "nothing.csv")

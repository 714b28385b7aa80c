"""The step that turns pickles into plain arrays, and what it does with pickles that would run code."""

from __future__ import annotations

import collections
import functools
import os
import pickle
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from cg3d.data.pickles.restricted import read_pickle
from cg3d.data.pickles.unpickle import ANNOUNCEMENT, plain_arrays, unpickle
from cg3d_runtime.errors import DataError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def clouds(count: int, points: int = 64) -> list[np.ndarray]:
    return list(np.random.default_rng(0).random((count, points, 6)).astype(np.float32))


def dumped(path: Path, value: Any, protocol: int = pickle.DEFAULT_PROTOCOL) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path


def converted(source: Path, out: Path) -> dict[str, np.ndarray]:
    """What one file becomes, read as every reader does."""
    unpickle(source, out)
    with np.load(out / source.with_suffix(".npz").name, allow_pickle=False) as arrays:
        return dict(arrays)


def test_openshape_pack(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    feature = {"original": rng.random((1, 1280)), "prompt_avg": rng.random((1, 1280)).astype(np.float16)}
    pack = {
        "id": "a1",
        "xyz": rng.random((10000, 3)).astype(np.float32),
        "text": ["a radio", "große Tasse"],
        "text_feat": [feature, feature],
        "blip_caption": "",
        "thumbnail_feat": None,
        "retrieval_text": [],
        "scale": np.float64(2.5),
    }
    np.save(tmp_path / "a1.npy", pack, allow_pickle=True)
    arrays = converted(tmp_path / "a1.npy", tmp_path / "out")
    assert set(arrays) == {
        "id",
        "xyz",
        "text",
        "text_feat/original",
        "text_feat/prompt_avg",
        "blip_caption",
        "scale",
    } | {"retrieval_text"}
    assert str(arrays["id"]) == "a1" and str(arrays["blip_caption"]) == "" and arrays["retrieval_text"].shape == (0,)
    assert arrays["text"].tolist() == ["a radio", "große Tasse"]
    assert np.array_equal(arrays["xyz"], pack["xyz"]) and arrays["xyz"].dtype == np.float32
    assert np.array_equal(arrays["text_feat/original"], np.stack([feature["original"]] * 2))
    assert arrays["text_feat/prompt_avg"].dtype == np.float16 and arrays["scale"] == 2.5


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_modelnet_cache(tmp_path: Path, protocol: int) -> None:
    points, labels = clouds(5), [np.array([number], np.int32) for number in range(5)]
    arrays = converted(dumped(tmp_path / "modelnet40_test_8192pts_fps.dat", [points, labels], protocol), tmp_path)
    assert set(arrays) == {"points", "label"}
    assert np.array_equal(arrays["points"], np.stack(points)) and arrays["points"].dtype == np.float32
    assert np.array_equal(arrays["label"], np.arange(5)[:, None])


def test_few_shot_episode(tmp_path: Path) -> None:
    episode = {"train": [(each, 1, 37) for each in clouds(4)], "test": [(each, 0, 12) for each in clouds(2)]}
    arrays = converted(dumped(tmp_path / "0.pkl", episode), tmp_path)
    assert {name: array.shape for name, array in arrays.items()} == {
        "train/points": (4, 64, 6),
        "train/label": (4,),
        "train/original_label": (4,),
        "test/points": (2, 64, 6),
        "test/label": (2,),
        "test/original_label": (2,),
    }
    assert arrays["train/original_label"].tolist() == [37] * 4
    assert np.array_equal(arrays["test/points"], np.stack(clouds(2)))


def test_openshape_test_clouds(tmp_path: Path) -> None:
    rows = np.array([{"xyz": each[:, :3], "rgb": np.full((64, 3), 100)} for each in clouds(3)], dtype=object)
    np.save(tmp_path / "test_pc.npy", rows, allow_pickle=True)
    arrays = converted(tmp_path / "test_pc.npy", tmp_path / "out")
    assert arrays["xyz"].shape == (3, 64, 3) and np.array_equal(arrays["rgb"], np.full((3, 64, 3), 100))


def test_clouds_of_different_size_get_numbers(tmp_path: Path) -> None:
    value = [[np.zeros((7, 6)), np.zeros((8, 6))], [np.array([1]), np.array([2])]]
    arrays = converted(dumped(tmp_path / "ragged.p", value), tmp_path)
    assert {name: array.shape for name, array in arrays.items()} == {"0/0": (7, 6), "0/1": (8, 6), "1": (2, 1)}


def test_other_values_keep_their_place(tmp_path: Path) -> None:
    value = collections.OrderedDict(a={1: True, "two": {3, 1}}, b=b"\0\xff", c=[1, "x", None], d=np.str_("s"), file=1j)
    arrays = converted(dumped(tmp_path / "mixed.pickle", value), tmp_path)
    assert {name: array.tolist() for name, array in arrays.items()} == {
        "a/1": True,
        "a/two": [1, 3],
        "b": [0, 255],
        "c/0": 1,
        "c/1": "x",
        "d": "s",
        "file": 1j,
    }


def test_one_array(tmp_path: Path) -> None:
    array = np.arange(6, dtype=">i2").reshape(2, 3).T
    arrays = converted(dumped(tmp_path / "array.pkl", array), tmp_path)
    assert np.array_equal(arrays["data"], array)


def test_pickle_of_python_2(tmp_path: Path) -> None:
    """Written out by hand as Python 2 with protocol 2 does: names of its own, bytes as strings."""
    numbers = np.array([[1.5, -2.0], [0.25, 3.0]], "<f4")
    data = numbers.tobytes()
    content = (
        b"\x80\x02}(U\x04nameU\x03c\xe9sU\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x02K\x02\x86cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89U" + bytes([len(data)]) + data + b"tbu."
    )
    (tmp_path / "old.pkl").write_bytes(content)
    arrays = converted(tmp_path / "old.pkl", tmp_path)
    assert np.array_equal(arrays["data"], numbers) and str(arrays["name"]) == "cés"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.dictionaries(
        st.text(st.characters(codec="ascii", min_codepoint=97, max_codepoint=122), min_size=1),
        st_numpy.arrays(
            st_numpy.scalar_dtypes()
            .filter(lambda dtype: dtype.kind in "biufc" and dtype.itemsize <= 16)
            .filter(lambda dtype: dtype.name not in ("float128", "complex256")),
            st_numpy.array_shapes(min_dims=0, min_side=0),
        ),
        max_size=4,
    ),
    protocol=st.sampled_from(PROTOCOLS),
)
def test_arrays_come_out_as_they_went_in(tmp_path: Path, value: dict[str, np.ndarray], protocol: int) -> None:
    arrays = plain_arrays(dumped(tmp_path / "value.pkl", value, protocol))
    assert arrays.keys() == value.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, value[name])
        assert array.dtype == value[name].dtype


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2000), value=st.integers(0, 255), protocol=st.sampled_from(PROTOCOLS))
def test_a_damaged_pickle_is_told_or_harmless(tmp_path: Path, place: int, value: int, protocol: int) -> None:
    """No byte, wherever it stands, makes anything but a DataError."""
    content = bytearray(
        pickle.dumps({"xyz": np.ones((4, 3), np.float32), "text": ["a", "b"], 1: [None, 2.5]}, protocol)
    )
    content[place % len(content)] = value
    path = tmp_path / "damaged.pkl"
    path.write_bytes(content)
    try:
        plain_arrays(path)
    except DataError as error:
        assert str(path) in str(error)


class _Calls:
    """Pickled, it calls `function(*arguments)` where it is loaded."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def hostile_pickles(ran: Path) -> dict[str, tuple[bytes, str]]:
    """Pickles that would make the file `ran`, or get at what could; each with what is refused in it."""
    touch, chain = f"touch {ran}", f"__import__('pathlib').Path({str(ran)!r}).touch()"
    by_protocol = {f"system-{p}": (pickle.dumps(_Calls(os.system, touch), p), "posix.system") for p in PROTOCOLS}
    names = "builtins|__builtin__"
    return by_protocol | {
        "eval": (pickle.dumps(_Calls(eval, chain)), rf"({names})\.eval"),
        "eval-python-2": (b"c__builtin__\neval\n(S" + repr(chain).encode() + b"\ntR.", rf"({names})\.eval"),
        "getattr": (pickle.dumps(_Calls(getattr, "", "__class__")), rf"({names})\.getattr"),
        "partial": (pickle.dumps(functools.partial(os.system, touch)), r"functools\.partial"),
        "in an array": (
            pickle.dumps(np.array([_Calls(os.system, touch)], dtype=object)),
            "posix.system",
        ),
        "after arrays": (pickle.dumps([np.ones(3), {"a": _Calls(os.system, touch)}]), "posix.system"),
        # numpy.load reads pickles itself, and so do other functions of numpy: only what builds an array may be named.
        "numpy.load": (b"cnumpy\nload\n(S'x.npy'\nNI01\ntR.", r"numpy\.load"),
        "numpy.testing": (b"cnumpy.testing._private.utils\nrunstring\n(S'x'\n}tR.", "runstring"),
        "dotted": (b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.", "ndarray.tofile"),
        "stand-in's inside": (b"\x80\x04\x8c\x05numpy\x8c\x11ndarray._function\x93.", r"ndarray\._function"),
        "copyreg": (b"ccopy_reg\n_reconstructor\n(c__builtin__\nobject\nc__builtin__\nobject\nNtR.", "copy_reg"),
        "instance": (b"(S'x'\nios\nsystem\n.", "INST"),
        "new object": (b"\x80\x02cnumpy\nndarray\nK\x01\x85\x81.", "NEWOBJ"),
        "extension": (b"\x80\x02\x82\x01.", "EXT1"),
        "persistent": (b"Pname\n.", "PERSID"),
        "set attribute": (b"\x80\x02cnumpy\nndarray\n}S'x'\nK\x01sb.", "sets the state"),
        "set slot": (b"\x80\x02c_codecs\nencode\nN}S'_function'\nK\x01s\x86b.", "sets the state"),
        "codec": (b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00xX\x03\x00\x00\x00zip\x86R.", "encoding 'zip'"),
    }


@pytest.mark.parametrize("name", hostile_pickles(Path("ran")))
@pytest.mark.parametrize("suffix", [".pkl", ".npy"])
def test_hostile_pickles_are_refused_and_nothing_runs(tmp_path: Path, name: str, suffix: str) -> None:
    ran, path = tmp_path / "ran", tmp_path / f"hostile{suffix}"
    content, refused = hostile_pickles(ran)[name]
    with path.open("wb") as file:
        if suffix == ".npy":
            header = {"descr": "|O", "fortran_order": False, "shape": ()}
            np.lib.format.write_array_header_1_0(file, header)
        file.write(content)
    with pytest.raises(DataError, match=rf"hostile{suffix}: .*{refused}.*it is refused, and nothing was run"):
        unpickle(path, tmp_path / "out")
    assert not ran.exists() and not (tmp_path / "out").exists()


def test_the_hostile_pickles_are_hostile(tmp_path: Path) -> None:
    """That the test above can fail: loaded by Python, such a file does run."""
    pickle.loads(hostile_pickles(tmp_path / "ran")["eval"][0])
    assert (tmp_path / "ran").exists()


def array_pickle(shape: bytes, data: bytes, dtype: bytes = b"f4") -> bytes:
    """An array of protocol 2 that claims a shape."""
    return (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
        + shape
        + b"cnumpy\ndtype\n"
        b"U"
        + bytes([len(dtype)])
        + dtype
        + b"K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"" + data + b"tb."
    )


HUGE = b"\x8a\x06" + (2**40).to_bytes(6, "little")  # a number of six bytes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no pickle, or a damaged one"),
        (b"not a pickle", "is no pickle, or a damaged one"),
        (pickle.dumps({"xyz": np.ones((100, 3))})[:500], "is no pickle, or a damaged one"),
        (b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"x.", "is no pickle, or a damaged one"),  # bytes
        (b"\x80\x05\x96" + struct.pack("<Q", 2**60) + b"x.", "is no pickle, or a damaged one"),  # bytearray
        (b"\x80\x02Nr" + struct.pack("<I", 2**31) + b".", r"memo 2147483648 of a file of 9 bytes"),
        (array_pickle(HUGE + b"\x85", b"U\x04abcd"), r"shape \(1099511627776,\) and float32 has 4 bytes"),
        (array_pickle(HUGE + b"\x85", b"]", b"O8"), None),  # of no objects, whatever it claims
        (array_pickle(b"K\x02K\x02\x86", b"U\x04abcd"), r"shape \(2, 2\) and float32 has 4 bytes"),
        (array_pickle(b"K\x01\x85", b"U\x08abcdefgh", b"V8"), "V8 is neither plain numbers nor text"),
        (array_pickle(b"K\x01\x85", b"U\x08abcdefgh", b"M8"), "M8 is neither plain numbers nor text"),
        (pickle.dumps({"a/b": 1, "a": {"b": 2}}), "'a/b' is the name of two values"),
        (pickle.dumps({"a": 2**100}), "is no number or text"),
        (pickle.dumps(object), r"builtins\.object"),
    ],
)
def test_damaged_and_huge_files_are_named(tmp_path: Path, content: bytes, message: str | None) -> None:
    (tmp_path / "file.dat").write_bytes(content)
    if message is None:
        assert plain_arrays(tmp_path / "file.dat")["data"].shape == (0,)
        return
    with pytest.raises(DataError, match=rf"file\.dat: .*{message}"):
        plain_arrays(tmp_path / "file.dat")


def test_values_that_hold_themselves(tmp_path: Path) -> None:
    loop: list[Any] = []
    loop.append(loop)
    tenfold: list[Any] = ["x"]
    for _ in range(30):
        tenfold = [tenfold] * 10
    shared = [np.zeros(1 << 20)] * 100  # 8 MiB, a hundred times
    for value in (loop, tenfold, shared):
        with pytest.raises(DataError, match=r"value\.pkl: cannot be written as plain arrays"):
            plain_arrays(dumped(tmp_path / "value.pkl", value))


def repeated(depth: int) -> list[Any]:
    """Ten times ten times ... one text: a small pickle, since it names each list once."""
    value: list[Any] = ["x"]
    for _ in range(depth):
        value = [value] * 10
    return value


def call(name: bytes, *arguments: Any) -> bytes:
    """A pickle of protocol 2 that calls `name`."""
    return b"\x80\x02c" + name + b"\n" + pickle.dumps(arguments, 2)[2:-1] + b"R."


def sets_of_sets(depth: int) -> frozenset[Any]:
    one, two = frozenset([1]), frozenset([2])
    for _ in range(depth):
        one, two = frozenset([one, two]), frozenset([one, two, 3])
    return one


BOMBS = {  # small files that took gigabytes, or the square of their size
    "copies of a list": (
        b"\x80\x02cbuiltins\nlist\nq\x00(" + b"N" * 10000 + b"lq\x01](" + b"h\x00h\x01\x85R" * 2500 + b"e.",
        "its calls take many times what the file holds",
    ),
    "copies of bytes": (
        b"\x80\x03cbuiltins\nbytearray\nq\x00B" + struct.pack("<I", 10000) + bytes(10000) + b"q\x01]("
        + b"h\x00h\x01\x85R" * 2500 + b"e.",
        "its calls take many times what the file holds",
    ),
    "text of a dtype": (call(b"numpy\ndtype", repeated(7)), "list in the place of text"),
    "text of an encoding": (call(b"_codecs\nencode", "x", repeated(7)), "list in the place of text"),
    "text of a key": (pickle.dumps({sets_of_sets(17): 1}), "a key, or an item of a set, of type frozenset"),
    "text of an item": (pickle.dumps({sets_of_sets(17), 2}), "a key, or an item of a set, of type frozenset"),
    "padding": (pickle.dumps(["x" * 10000, *map(str, range(10000))]), "it would grow to many times its size"),
    "long name": (pickle.dumps({"x" * 600: {"y" * 600: 1}}), "a name of more than 1000 letters"),
    "axes": (array_pickle(b"(" + b"K\xff" * 65 + b"t", b"U\x04abcd"), "an array's state has parts of other types"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_before_they_grow(tmp_path: Path, name: str) -> None:
    content, message = BOMBS[name]
    (tmp_path / "bomb.pkl").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=rf"bomb\.pkl: .*{message}"):
            plain_arrays(tmp_path / "bomb.pkl")
        assert tracemalloc.get_traced_memory()[1] < 200 * len(content) + (1 << 20)
    finally:
        tracemalloc.stop()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 300), size=st.integers(0, 9), protocol=st.sampled_from(PROTOCOLS))
def test_many_small_values_are_no_bomb(tmp_path: Path, count: int, size: int, protocol: int) -> None:
    """All that NumPy and Python call to be read again, where a call weighs most against the bytes that it takes."""
    value = [[np.float64(number), np.zeros(size), {number}, b"x" * size, 1j] for number in range(count)]
    arrays = plain_arrays(dumped(tmp_path / "value.pkl", value, protocol))
    assert not count or arrays["0"].tolist() == list(map(float, range(count)))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x10\x00{'descr': '|O'  }"])
def test_damaged_npy_header(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npy: is no \.npy file, or a damaged one"):
        unpickle(tmp_path, tmp_path)


def test_a_tree_keeps_its_names_and_a_second_run_goes_on(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "b c" / "größe").mkdir(parents=True)
    dumped(source / "b c" / "größe" / "x,1.pkl", {"a": 1})
    dumped(source / "y.dat", {"a": 2})
    np.save(source / "plain.npy", np.zeros(3))
    (source / "notes.json").write_text("{}")
    calls: list[tuple[int, int]] = []
    assert str(unpickle(source, out, progress=lambda done, total: calls.append((done, total)))) == (
        "2 files converted, 0 there already, 1 plain arrays left as they are, 0 skipped"
    )
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == ["b c/größe/x,1.npz", "y.npz"]
    (out / "y.npz").unlink()
    kept = (out / "b c" / "größe" / "x,1.npz").stat().st_mtime_ns
    assert (unpickle(source, out).converted, unpickle(source, out).there_already) == (1, 2)
    assert (out / "b c" / "größe" / "x,1.npz").stat().st_mtime_ns == kept


def test_conversion_is_deterministic(tmp_path: Path) -> None:
    path = dumped(tmp_path / "a.pkl", {"points": clouds(2), "names": {"x", "y", "z"}})
    unpickle(path, tmp_path / "1")
    unpickle(path, tmp_path / "2")
    assert (tmp_path / "1" / "a.npz").read_bytes() == (tmp_path / "2" / "a.npz").read_bytes()


def test_bad_files_can_be_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dumped(tmp_path / "a.pkl", object)
    dumped(tmp_path / "b.pkl", {"a": 1})
    with pytest.raises(DataError, match=r"a\.pkl"):
        unpickle(tmp_path, tmp_path)
    result = unpickle(tmp_path, tmp_path, skip_bad=True)
    assert (result.converted, result.skipped) == (1, 1) and "a.pkl" in caplog.text


def test_two_files_of_one_name(tmp_path: Path) -> None:
    dumped(tmp_path / "a.pkl", 1)
    dumped(tmp_path / "a.dat", 2)
    with pytest.raises(DataError, match=r"a\.dat and .*a\.pkl would both become .*a\.npz"):
        unpickle(tmp_path, tmp_path)


def test_nothing_to_convert(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: not found"):
        unpickle(tmp_path / "nowhere", tmp_path)
    with pytest.raises(DataError, match=r"holds no file with one of \.npy, \.pkl"):
        unpickle(tmp_path, tmp_path)


def test_announcement_says_what_is_read() -> None:
    assert "from a stranger" in ANNOUNCEMENT.format(source="data")


def test_reading_starts_where_the_file_stands(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"header" + pickle.dumps([1, "x"]))
    with (tmp_path / "a").open("rb") as file:
        file.seek(6)
        assert read_pickle(file, tmp_path / "a") == [1, "x"]


HOSTILE_KEYS = {
    "nested tuples": b"\x80\x04})" + b"22\x87" * 40 + b"K\x01s.",
    "nested tuples, many": b"\x80\x04}()" + b"22\x87" * 40 + b"K\x01u.",
    "nested tuples in a set": b"\x80\x04\x8f()" + b"22\x87" * 40 + b"\x90.",
    "nested tuples in a frozen set": b"\x80\x04()" + b"22\x87" * 40 + b"\x91.",
    "nested tuples by protocol 0": b"(()" + b"22\x87" * 40 + b"I1\nd.",
    "nested tuples by a call": b"\x80\x02cbuiltins\nset\n()" + b"22\x87" * 40 + b"l\x85R.",
    "pairs by a call": b"\x80\x02ccollections\nOrderedDict\n((()" + b"22\x87" * 40 + b"K\x01ll\x85R.",
    "numbers of one hash": b"\x80\x02}("
    + b"".join(pickle.dumps(i * (2**61 - 1), 2)[2:-1] + b"K\x00" for i in range(60_000))
    + b"u.",
    "complex numbers": b"\x80\x02}cbuiltins\ncomplex\nG?\xf0\x00\x00\x00\x00\x00\x00G?\xf0\x00\x00\x00\x00\x00\x00\x86RK\x01s.",
}


@pytest.mark.parametrize("content", HOSTILE_KEYS.values(), ids=HOSTILE_KEYS.keys())
def test_keys_that_take_without_end_to_hash(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pkl").write_bytes(content)
    script = (
        "import sys; from pathlib import Path; from cg3d.data.pickles.unpickle import plain_arrays\n"
        "from cg3d_runtime.errors import DataError\n"
        "try: plain_arrays(Path(sys.argv[1]))\n"
        "except DataError as error: sys.exit(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.pkl")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1 and "a.pkl: is no pickle, or a damaged one" in done.stderr


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plain_keys_are_taken(tmp_path: Path, protocol: int) -> None:
    value = {1: [1.5], "a": [2.5], 2.5: [3.5], True and 7: [4.5], None: [5.5]}
    with (dumped(tmp_path / "a.pkl", value, protocol)).open("rb") as file:
        assert read_pickle(file, tmp_path / "a.pkl") == value
    with (dumped(tmp_path / "b.pkl", [{"x", "y"}, frozenset({1, 2})], protocol)).open("rb") as file:
        assert read_pickle(file, tmp_path / "b.pkl") == [{"x", "y"}, {1, 2}]

"""`cg3d-infer` as people and programs run it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import __version__
from cg3d_runtime.choices import AUTO, UP_AXES
from cg3d_runtime.commands.scan_files import scans_in
from cg3d_runtime.infer.cli import MANY, app
from cg3d_runtime.infer.watch import watch
from tests.runtime.programs import Run, run_in_process

COMMAND = [sys.executable, "-c", "from cg3d_runtime.infer.cli import main; main()"]
Edit = Callable[[Callable[[dict[str, Any]], object]], Path]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command inside this process."""
    return partial(run_in_process, capsys, app, "cg3d-infer")


@pytest.fixture
def options(tiny_bundle: Path, labels_file: Path) -> list[object]:
    return ["--labels", labels_file, "--bundle", tiny_bundle, "--backend", "cpu", "--threads", 1]


def test_people_get_a_table_and_what_runs_beside_it(
    run: Run, options: list[object], make_scan: Callable[..., Path]
) -> None:
    scan = make_scan()
    code, out, err = run(scan, *options)
    assert code == 0
    assert out.startswith(f"{scan}: ")
    assert len(out.splitlines()) == 4
    assert err == "cg3d-infer: tiny on onnxruntime-cpu, fp32, 3 labels\n"


def test_a_note_stands_in_the_table_or_beside_the_json(
    run: Run, options: list[object], make_scan: Callable[..., Path]
) -> None:
    scan = make_scan()
    np.save(scan, np.load(scan) * np.float32(1000))
    table, as_json = run(scan, *options, "--units", "m"), run(scan, *options, "--units", "m", "--json")
    note = as_json.lines[0]["note"]
    assert f"\n  note: {note}" in table.out and note not in table.err
    assert as_json.err.splitlines()[-1] == f"cg3d-infer: {scan} {note}"


def test_programs_get_one_object_a_line(run: Run, options: list[object], make_scan: Callable[..., Path]) -> None:
    scans = [make_scan("b.npy", 1, 400), make_scan("a.npy", 2, 300)]
    ran = run(*scans, *options, "--json", "--top", 2)
    assert ran.code == 0
    assert [(answer["file"], answer["points"], len(answer["top"])) for answer in ran.lines] == [
        (str(scans[0]), 400, 2),
        (str(scans[1]), 300, 2),
    ]
    assert ran.lines[0]["backend"] == "onnxruntime-cpu"
    assert set(ran.lines[0]["ms"]) == {"read", "prepare", "encode"}


def test_a_folder_is_its_scans_sorted(run: Run, options: list[object], make_scan: Callable[..., Path]) -> None:
    expected = [str(make_scan(f"folder/{name}")) for name in ("a.NPY", "b.npy", "c.npy")]
    make_scan("folder/.hidden.npy")
    make_scan("folder/below/d.npy")
    folder = Path(expected[0]).parent
    (folder / "notes.md").write_text("no scan")
    (folder / "e.npy").mkdir()
    assert [answer["file"] for answer in run(folder, *options, "--json").lines] == expected


def test_broken_scans_do_not_stop_the_others(
    run: Run, options: list[object], make_scan: Callable[..., Path], tmp_path: Path
) -> None:
    good = make_scan()
    empty, two, nan = (tmp_path / name for name in ("empty.ply", "two.npy", "nan.npy"))
    empty.touch()
    np.save(two, np.eye(2, 3, dtype=np.float32))
    np.save(nan, np.full((50, 3), np.nan, np.float32))
    scans = [empty, two, good, nan, tmp_path / "none.ply"]
    ran = run(*scans, *options, "--json")
    assert ran.code == 1
    assert [answer["file"] for answer in ran.lines] == [str(scan) for scan in scans]
    assert ["error" in answer for answer in ran.lines] == [True, True, False, True, True]
    assert all(set(answer) == {"file", "error"} for answer in ran.lines if "error" in answer)
    assert len(ran.err.splitlines()) == 5  # the introduction and one line each
    assert all(scan.name in ran.err for scan in scans if scan != good)
    assert "Traceback" not in ran.err
    table = run(*scans, *options)
    assert (table.code, len(table.out.splitlines())) == (1, 4)


def test_an_empty_folder_is_not_answered(run: Run, options: list[object], tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    ran = run(tmp_path / "scans", *options, "--json")
    assert ran.code == 1
    assert "is a folder; a scan file is needed" in ran.lines[0]["error"]


def test_names_from_stdin(
    run: Run,
    options: list[object],
    make_scan: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scans = [make_scan("one.npy"), make_scan("two words.npy")]
    names = tmp_path / "names.txt"
    names.write_bytes(f"{scans[0]}\n\n{scans[1]}\r\n".encode())
    with names.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        ran = run("-", *options, "--json")
    assert [answer["file"] for answer in ran.lines] == [str(scan) for scan in scans]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--labels", "none.txt"], "none.txt: no label list can be read there"),
        (["--labels", "long.txt"], "label too long: .* tokens"),
        (["--bundle", "nowhere"], "nowhere: no bundle can be read there"),
        (["--backend", "gpu"], "backend 'gpu' is not known; choose one of auto, cpu, cuda, tensorrt"),
        (["--precision", "int8"], "no int8 points graph in this bundle; it has: fp16, fp32"),
        (["--unknown"], "no threshold for `unknown` was fitted"),
        (["--up", "w"], "up must be one of x, y, z, -x, -y, -z, or three numbers x,y,z; got 'w'. Or say auto"),
        (["--up", "0,0,0"], "three finite numbers that are not all zero; got '0,0,0'"),
        (["--up", "nan,0,0"], "three finite numbers that are not all zero; got 'nan,0,0'"),
        (["--up", "0,1"], "or three numbers x,y,z; got '0,1'"),
        (["--top", "0"], "Invalid value for '--top'"),
        (["--cuda-graph"], "a CUDA graph needs --backend tensorrt"),
        (["--watch"], "--watch takes folders only"),
        (["--else"], "No such option"),
    ],
)
def test_what_cannot_start_exits_with_2(
    run: Run,
    options: list[object],
    make_scan: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("long.txt").write_text("x" * 50)
    code, out, err = run(make_scan(), *options, *arguments)
    assert (code, out) == (2, "")
    assert re.search(message, err)
    assert "Traceback" not in err


def test_nothing_asked_is_a_usage_error(run: Run, options: list[object]) -> None:
    assert "name a scan, a bag, a folder" in run(*options).err


def test_without_labels_it_answers_with_everyday_names(run: Run) -> None:
    ran = run(
        Path(__file__).parents[3] / "examples" / "scans" / "mug.ply", "--backend", "cpu", "--threads", 1, "--json"
    )
    assert (ran.code, json.loads(ran.out)["unknown"]) == (0, False)
    assert "816 labels" in ran.err


def test_an_altered_bundle_exits_with_2(
    run: Run, own_bundle: Path, labels_file: Path, make_scan: Callable[..., Path]
) -> None:
    path = own_bundle / "points.fp32.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    code, out, err = run(make_scan(), "--labels", labels_file, "--bundle", own_bundle)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert "points.fp32.onnx" in line
    assert "altered or cut short" in line


def test_debug_shows_the_traceback(run: Run, options: list[object], tmp_path: Path) -> None:
    started, broken = (
        run("x.ply", *options, "--precision", "int8", "--debug"),
        run(tmp_path / "x.ply", *options, "--debug"),
    )
    assert (started.code, broken.code) == (2, 1)
    assert "Traceback" in started.err
    assert "BundleError" in started.err
    assert "Traceback" in broken.err
    assert "ScanError" in broken.err


def test_precision_and_up_reach_the_model(run: Run, options: list[object], make_scan: Callable[..., Path]) -> None:
    scan = make_scan()
    half = run(scan, *options, "--json", "--precision", "fp16").lines[0]
    turned = run(scan, *options, "--json", "--up", "-x").lines[0]
    plain = run(scan, *options, "--json", "--up", "z").lines[0]
    assert (half["precision"], plain["precision"]) == ("fp16", "fp32")
    assert turned["top"] != plain["top"] == run(scan, *options, "--json").lines[0]["top"]


def test_unknown(run: Run, edit_manifest: Edit, labels_file: Path, make_scan: Callable[..., Path]) -> None:
    fitted = {"temperature": 1.0, "unknown_threshold": 1.0, "fitted_on": "held-out scans"}
    options = [
        "--labels",
        labels_file,
        "--bundle",
        edit_manifest(lambda tree: tree.update(confidence=fitted)),
        "--json",
    ]
    scan = make_scan()
    for switch, unknown in ((["--unknown"], True), (["--no-unknown"], False), ([], True)):
        assert run(scan, *options, *switch).lines[0]["unknown"] is unknown


def test_up_is_an_axis_any_direction_or_found(run: Run, options: list[object], make_scan: Callable[..., Path]) -> None:
    scan, sources = make_scan(), {}
    for up in ("z", "0,0,9.81", "0,3,4", "-y", "auto"):
        ran = run(scan, *options, "--json", "--no-unknown", f"--up={up}")
        assert ran.code == 0, ran.err
        (answer,) = ran.lines
        sources[up] = (answer["up"], answer["up_from"], answer["score"])
    assert sources["0,0,9.81"] == sources["z"] and sources["z"][:2] == ([0, 0, 1], "given")
    assert sources["0,3,4"][:2] == ([0, 0.6, 0.8], "given")
    assert sources["-y"][:2] == ([0, -1, 0], "given")
    assert sources["auto"][1] in ("convention", "support", "model")


def test_help_and_version(run: Run) -> None:
    assert run("--version") == (0, f"cg3d-infer {__version__}\n", "")
    help_text = run("--help").out
    for option in ("--labels", "--bundle", "--backend", "--precision", "--up", "--top", "--no-unknown", "--json"):
        assert option in help_text
    assert f"--up AXIS|X,Y,Z|{AUTO}" in help_text and ", ".join(UP_AXES) in " ".join(help_text.split())
    for option in ("--watch", "--debug", "--threads", "--workers", "--cuda-graph", "--version", "auto|cpu|cuda"):
        assert option in help_text


def test_a_whole_process_prints_nothing_else(options: list[object], make_scan: Callable[..., Path]) -> None:
    scan = make_scan()
    ran = subprocess.run([*COMMAND, scan, *map(str, options), "--json"], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["file"] == str(scan)
    assert ran.stderr == "cg3d-infer: tiny on onnxruntime-cpu, fp32, 3 labels\n"


def test_a_damaged_cache_is_one_note(options: list[object], make_scan: Callable[..., Path], tmp_path: Path) -> None:
    command = [*COMMAND, make_scan(), *map(str, options), "--json"]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    (cached,) = (tmp_path / "cache" / "labels").iterdir()
    cached.write_bytes(b"damaged")
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(first.stdout)["top"] == json.loads(second.stdout)["top"]
    note, introduction = second.stderr.splitlines()
    assert "unreadable label cache" in note
    assert introduction.startswith("cg3d-infer: tiny")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_cold_start_is_small(options: list[object], make_scan: Callable[..., Path]) -> None:
    code = """
import re, sys
from cg3d_runtime.infer.cli import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr)
"""
    command = [sys.executable, "-c", code, make_scan(count=20_000), *map(str, options), "--json"]
    subprocess.run(command, capture_output=True, check=True)  # fills the label cache
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(ran.stderr.splitlines()[-1]) < 150 * 1024  # kilobytes


@pytest.mark.skipif(sys.platform == "win32", reason="file names are text there")
@pytest.mark.parametrize(
    ("encoding", "name", "label"),
    [
        ("utf-8", rb"sc\udce4n.npy", "caf\u00e9 \u732b".encode()),
        ("latin-1", rb"sc\udce4n.npy", rb"caf\xe9 \u732b".replace(rb"\xe9", b"\xe9")),
        ("ascii", b".npy", b"caf"),
    ],
)
def test_names_that_are_no_text_and_terminals_without_unicode(
    options: list[object], make_scan: Callable[..., Path], tmp_path: Path, encoding: str, name: bytes, label: bytes
) -> None:
    scan = os.fsencode(tmp_path) + b"/sc\xe4n.npy"
    make_scan().rename(os.fsdecode(scan))
    Path(str(options[1])).write_text("caf\u00e9 \u732b", encoding="utf-8")
    for arguments in ([scan], [b"-"]):
        command = [*map(os.fsencode, COMMAND), *arguments, *(os.fsencode(str(option)) for option in options)]
        environment = os.environ | {"PYTHONIOENCODING": encoding}
        ran = subprocess.run(command, input=scan + b"\n", capture_output=True, env=environment)
        assert ran.returncode == 0, ran.stderr
        assert name in ran.stdout
        assert label in ran.stdout


def test_answers_stream_while_names_come(options: list[object], make_scan: Callable[..., Path]) -> None:
    command = [*COMMAND, "-", *map(str, options), "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        for name in ("one.npy", "two.npy"):
            print(make_scan(name), file=process.stdin, flush=True)
            assert json.loads(process.stdout.readline())["file"].endswith(name)
        process.stdin.close()
        assert process.wait(20) == 0


def interruptible() -> None:
    """A shell that starts the tests in the background has them, and their children, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_watch_answers_what_is_there_and_what_comes_until_it_is_ended(
    options: list[object], make_scan: Callable[..., Path], end: signal.Signals
) -> None:
    folder = make_scan("watched/first.npy").parent
    command = [*COMMAND, folder, *map(str, options), "--json", "--watch"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, preexec_fn=interruptible) as process:
        assert process.stdout and process.stderr
        assert json.loads(process.stdout.readline())["file"] == str(folder / "first.npy")
        make_scan("watched/second.npy")
        assert json.loads(process.stdout.readline())["file"] == str(folder / "second.npy")
        process.send_signal(end)
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
        assert len(process.stderr.read().splitlines()) == 1


def make_many(make_scan: Callable[..., Path], count: int = MANY) -> Path:
    """A folder with one broken scan, and more than are read in one process."""
    scans = [make_scan(f"many/{index:04}.npy", index % 5) for index in range(count)]
    scans[7].write_bytes(b"no array")
    return scans[0].parent


def test_many_scans_are_read_by_workers_and_answered_alike(
    options: list[object], make_scan: Callable[..., Path]
) -> None:
    folder = make_many(make_scan)
    command = [*COMMAND, folder, *map(str, options), "--json"]
    many, alone = (
        subprocess.run([*command, *more], capture_output=True, text=True) for more in ([], ["--workers", "0"])
    )
    assert (many.returncode, alone.returncode) == (1, 1)
    answers, expected = (
        [{**json.loads(line), "ms": None} for line in ran.stdout.splitlines()] for ran in (many, alone)
    )
    assert [answer["file"] for answer in answers] == [str(path) for path in scans_in(folder)]
    assert answers == expected
    assert many.stderr == alone.stderr
    assert len(many.stderr.splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_stream_that_is_ended_leaves_nothing_behind(
    options: list[object], make_scan: Callable[..., Path], end: signal.Signals
) -> None:
    command = [*COMMAND, *[make_scan()] * 3000, *map(str, options), "--json", "--workers", "1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, preexec_fn=interruptible, start_new_session=True
    ) as process:
        assert process.stdout and process.stderr
        json.loads(process.stdout.readline())
        os.killpg(process.pid, end)  # as a terminal and a service manager do
        rest = process.stdout.read()  # to its end: no worker holds it open
        assert process.wait(20) == 1
        assert all(json.loads(line)["label"] for line in rest.splitlines())
        assert len(rest.splitlines()) < 2999
        assert len(process.stderr.read().splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of that kind there")
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_reader_that_has_enough_ends_it_quietly(
    options: list[object], make_scan: Callable[..., Path], workers: str
) -> None:
    command = [*COMMAND, *[make_scan()] * 3000, *map(str, options), "--json", "--workers", workers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        json.loads(process.stdout.readline())
        process.stdout.close()
        assert len(process.stderr.read().splitlines()) == 1
        assert process.wait(20) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of that kind there")
def test_a_terminal_sees_progress_and_answers_go_elsewhere(
    options: list[object], make_scan: Callable[..., Path]
) -> None:
    master, slave = os.openpty()
    command = [*COMMAND, make_many(make_scan, 10), *map(str, options), "--json"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, text=True)
    os.close(slave)
    shown = os.read(master, 1 << 16).decode()
    os.close(master)
    assert ran.returncode == 1
    assert len(ran.stdout.splitlines()) == 10
    assert "10/10" in shown
    assert re.search(r"\r\x1b\[Kcg3d-infer: \S*/0007.npy", shown)  # the error on a line of its own


def test_watch_answers_moved_files_and_one_moved_over_another(make_scan: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_scan("watched/scan.npy").parent
    seen = watch([folder], interval_s=0.01)
    first = next(seen)
    other = make_scan("other.npy", 1)
    times = Path(first).stat()
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(first)
    assert next(seen) == first
    make_scan("late.npy").rename(folder / "late.npy")
    assert next(seen) == str(folder / "late.npy")


def test_watch_waits_until_a_file_is_complete(make_scan: Callable[..., Path]) -> None:
    path = make_scan("watched/slow.npy")
    folder, content = path.parent, path.read_bytes()
    path.unlink()

    def write_slowly() -> None:
        with path.open("wb", buffering=0) as file:
            for start in range(0, len(content), len(content) // 10):
                file.write(content[start : start + len(content) // 10])
                time.sleep(0.1)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert next(watch([folder], interval_s=0.4)) == str(path)
    assert path.read_bytes() == content
    writer.join()


def test_watch_answers_a_replaced_file_again_and_forgets_a_vanished_one(make_scan: Callable[..., Path]) -> None:
    path = make_scan("watched/scan.npy")
    seen = watch([path.parent, path.parent / "not yet there"], interval_s=0.01)
    assert next(seen) == str(path)
    make_scan("watched/scan.npy", count=600)
    assert next(seen) == str(path)
    path.unlink()
    other = make_scan("watched/other.npy")
    assert next(seen) == str(other)
    assert scans_in(path.parent) == [other]

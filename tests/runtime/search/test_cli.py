"""`cg3d-search` as people and programs run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.library import Library, LibraryWriter
from cg3d_runtime.library.checking import faults
from cg3d_runtime.library.scores import Logistic
from cg3d_runtime.search.cli import app
from tests.runtime.programs import Ran, Run, run_in_process


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command inside this process, with the small bundle."""
    monkeypatch.setenv("CG3D_BUNDLE", str(tiny_bundle))

    return partial(run_in_process, capfd, app, "cg3d-search")


@pytest.fixture
def scans(make_scan: Callable[..., Path], tmp_path: Path) -> Path:
    """40 scans, in two folders."""
    for number in range(40):
        make_scan(f"scans/{number % 2}/{number:02d}.npy", number)
    return tmp_path / "scans"


@pytest.fixture
def library(run: Run, scans: Path, tmp_path: Path) -> Path:
    """Of these scans, of 1 to 39 cm."""
    ran = run("build", tmp_path / "library", scans, "--units", "cm", "--labels", "mug,bowl", "--workers", 0)
    assert (ran.code, ran.out, ran.err) == (0, f"{tmp_path / 'library'}: 40 scans; 40 embedded\n", "")
    with Library.open(tmp_path / "library") as read, LibraryWriter.open(read.folder, read.space) as writer:
        writer.set_scores({"text": Logistic(10.0, -5.0), "scan": Logistic(10.0, -9.0)})
    return tmp_path / "library"


def test_colours_that_are_none_need_not_count(run: Run, make_scan: Callable[..., Path], tmp_path: Path) -> None:
    xyz = np.load(make_scan())
    np.save(tmp_path / "painted.npy", np.hstack([xyz, np.full(xyz.shape, (0.8, 0.1, 0.1), np.float32)]))
    told = []
    for more in ([], ["--no-colour"], []):
        labels = ["--labels", "green mug,red mug,bowl", *more]
        assert run("build", tmp_path / "library", tmp_path / "painted.npy", *labels).code == 0
        (hit,) = run("query", tmp_path / "library", "mug", "--json").lines
        told.append((hit["label"], hit["label_score"]))
        assert hit["colour"] == "red"
    assert told[0][0] == told[2][0] and told[0] != told[1]


def test_a_scan_finds_itself_first(run: Run, library: Path, scans: Path) -> None:
    ran = run("query", library, scans / "1" / "07.npy", "--json", "--top", 3)
    first, second, third = ran.lines
    assert ran.code == 0 and first["path"] == str(scans / "1" / "07.npy")
    assert first["cosine"] == pytest.approx(1, abs=1e-3) and first["rank"] == 1
    assert first["score"] >= second["score"] >= third["score"] >= 0
    assert first["label"] in ("mug", "bowl") and 0.03 < first["size"] < 0.15


def test_people_get_a_table(run: Run, library: Path) -> None:
    header, *rows = run("query", library, "a red mug", "--top", 2).out.splitlines()
    assert header.split() == ["score", "cosine", "label", "size", "scan"]
    assert len(rows) == 2 and rows[0].startswith("1 ") and " m " in rows[0]


def test_a_colour_in_the_words_is_told_how_to_be_asked_for(run: Run, library: Path) -> None:
    said = "cg3d-search: words are compared with shapes; for what is red, add --where \"colour == 'red'\".\n"
    assert run("query", library, "a red mug").err == said
    ran = run("query", library, "a red mug", "--where", "colour == 'red'")
    assert (ran.out, ran.err) == ("", "cg3d-search: nothing found.\n")  # these scans have none
    assert run("query", library, "a mug").err == ""
    for where in ("colour == 'gray'", "colour in ('Red', 'crimson')"):
        err = run("query", library, "a mug", "--where", where).err
        assert err.startswith(
            "cg3d-search: nothing found; unless a table says otherwise, colours are black, white, grey"
        )


def test_words_that_were_asked_for_before_need_no_inference_library(library: Path, tiny_bundle: Path) -> None:
    environment = {**os.environ, "CG3D_BUNDLE": str(tiny_bundle)}
    without = "import sys; sys.modules['onnxruntime'] = None; "

    def ask(before: str, words: str) -> subprocess.CompletedProcess[str]:
        code = f"{before}from cg3d_runtime.entry import search; search()"
        command = [sys.executable, "-c", code, "query", str(library), words, "--json"]
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)

    first, again, other = ask("", "a mug"), ask(without, "a mug"), ask(without, "a bowl")
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")
    assert other.returncode == 2 and other.stderr.startswith("cg3d-search: no inference library")


def test_labels_that_are_given_later_name_what_is_there(run: Run, library: Path, scans: Path) -> None:
    ran = run("add", library, scans, "--labels", "plate,chair")
    assert (ran.code, ran.out) == (0, f"{library}: 40 scans; 40 labelled anew\n")
    found = {hit["label"] for hit in run("query", library, "mug", "--json", "--top", 40).lines}
    assert found and found <= {"plate", "chair"}


def test_words_scans_and_rows_are_mixed(run: Run, library: Path, scans: Path) -> None:
    scan = scans / "0" / "02.npy"
    mixed = run("query", library, scan, "mug", "--weights", "1,0.2", "--json").lines
    assert mixed and mixed != run("query", library, scan, "--json").lines
    like = run("query", library, "--like", scan, "--json").lines
    assert len(like) == 10 and str(scan) not in [hit["id"] for hit in like]


def test_filters_and_scores_leave_hits_out(run: Run, library: Path, scans: Path) -> None:
    hits = run("query", library, "mug", "--where", "size < 20 cm and path contains '/1/'", "--json", "--top", 40).lines
    assert 0 < len(hits) < 20 and all("/1/" in hit["path"] and hit["size"] < 0.2 for hit in hits)
    ran = run("query", library, "mug", "--min-score", 1)
    assert (ran.code, ran.out, ran.err) == (0, "", "cg3d-search: nothing found.\n")


def test_a_library_without_scores_says_how_to_get_some(run: Run, scans: Path, tmp_path: Path) -> None:
    run("build", tmp_path / "plain", scans / "1", "--workers", 0)
    assert run("query", tmp_path / "plain", "mug", "--json").lines[0]["score"] is None
    ran = run("query", tmp_path / "plain", "mug", "--min-score", 0.5)
    assert ran.code == 2 and "cg3d-search calibrate does it" in ran.err
    ran = run("calibrate", tmp_path / "plain", "--by", "label")
    assert ran.code == 2 and "column label: 0 rows have a name; 100 are needed" in ran.err


def test_a_page_shows_the_hits(run: Run, library: Path, tmp_path: Path) -> None:
    ran = run("query", library, "<b>mug</b>", "--view", tmp_path / "hits.html", "--top", 3)
    page = (tmp_path / "hits.html").read_text()
    assert ran.code == 0 and page.count("<canvas") == 3 and "<h1>&lt;b&gt;mug&lt;/b&gt;</h1>" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("query", "LIB"), "say what to look for: words, a scan, a picture"),
        (("query", "LIB", "gone.ply"), "gone.ply: no such file; of words that look like one, write --text."),
        (("query", "LIB", "mug", "--weights", "1,2"), "weights: a number for each of the 1 parts"),
        (("query", "LIB", "mug", "--where", "nothing = 1"), "has no column nothing; it has id"),
        (("query", "LIB", "mug", "--view", "hits.png"), "hits.png: the name must end in .html or .htm."),
        (("query", "nowhere", "mug"), "nowhere: no library of scans there. Make one: cg3d-search build nowhere SCANS."),
        (("add", "nowhere", "SCANS"), "nowhere: no library of scans there."),
        (("remove", "LIB"), "say what to remove: ids, files or folders, --where or --missing."),
        (("export", "LIB", "--to", "csv", "--out", "x"), "--to 'csv' is none of parquet, lance, qdrant."),
        (("build", "LIB", "nothing/"), "nothing"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(
    arguments: tuple[str, ...], message: str, run: Run, library: Path, scans: Path
) -> None:
    ran = run(*({"LIB": library, "SCANS": scans}.get(each, each) for each in arguments))
    if arguments[0] == "build":
        assert ran.code == 1 and message in ran.err
        return
    assert ran.code == 2 and ran.out == "" and message in ran.err and ran.err.count("\n") == 1


def test_a_library_of_another_bundle_is_refused(run: Run, library: Path, edit_manifest: Callable[..., Path]) -> None:
    other = edit_manifest(lambda tree: tree.update(name="other", prepare={**tree["prepare"], "points": 32}))
    for arguments in (("query", library, "mug"), ("build", library, library.parent / "scans")):
        ran = run(*arguments, "--bundle", other)
        assert ran.code == 2 and "made with bundle 'tiny'" in ran.err and "opened with 'other'" in ran.err


def test_a_build_goes_on_where_it_was_and_prunes(run: Run, library: Path, scans: Path) -> None:
    (scans / "0" / "00.npy").unlink()
    (scans / "bad.ply").write_bytes(b"ply\n")
    ran = run("build", library, scans, "--prune", "--json")
    error, told = ran.lines
    assert ran.code == 1 and "bad.ply" in error["error"]
    assert told == {"library": str(library), "rows": 40, "unchanged": 39, "failed": 1, "removed": 1}
    assert run("build", library, scans).out == f"{library}: 40 scans; 40 unchanged\n"


def test_names_come_on_stdin(library: Path, scans: Path, make_scan: Callable[..., Path], tiny_bundle: Path) -> None:
    new = make_scan("new.npy", 77)
    command = [sys.executable, "-c", "from cg3d_runtime.entry import search; search()", "add", str(library), "-"]
    environment = {**os.environ, "CG3D_BUNDLE": str(tiny_bundle)}
    ran = subprocess.run(command, input=f"{new}\n", capture_output=True, text=True, env=environment)
    assert (ran.returncode, ran.stdout) == (0, f"{library}: 41 scans; 1 embedded\n")


def test_rows_are_removed_by_name_folder_filter_and_absence(run: Run, library: Path, scans: Path) -> None:
    assert run("remove", library, scans / "0" / "00.npy", "nothing").out == f"{library}: 1 removed, 39 left\n"
    assert run("remove", library, scans / "1").out == f"{library}: 20 removed, 19 left\n"
    (scans / "0" / "02.npy").unlink()
    assert run("remove", library, "--missing", "--json").lines == [{"library": str(library), "removed": 1, "rows": 18}]
    assert run("remove", library, "--where", "size > 0").out == f"{library}: 18 removed, 0 left\n"


def test_what_a_library_is_can_be_told(run: Run, library: Path) -> None:
    (facts,) = run("info", library, "--json").lines
    assert (facts["scans"], facts["errors"], facts["bundle"], facts["dim"]) == (40, 0, "tiny", 16)
    assert facts["columns"]["size"] == "number" and facts["bytes"] > 0
    assert "40, and 0 with errors" in run("info", library).out


def test_verify_tells_what_is_damaged(run: Run, library: Path) -> None:
    assert run("verify", library) == Ran(0, f"{library}: whole\n", "")
    path = next((library / "segments").glob("*.npz"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    ran = run("verify", library, "--json")
    assert ran.code == 1 and ran.lines[0]["fault"] == f"{path}: not the bytes that were written."


def test_compact_gives_room_back(run: Run, library: Path, scans: Path) -> None:
    run("remove", library, scans / "1")
    assert run("compact", library).out == f"{library}: 20 rows in 1 segments\n"
    assert list(faults(library)) == []


def test_an_export_says_how_many_rows_it_wrote(run: Run, library: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason='the extra "parquet" is not installed')
    ran = run("export", library, "--to", "parquet", "--out", tmp_path / "rows.parquet", "--json")
    assert ran.lines[0]["rows"] == 40


def test_a_watched_folder_is_taken_in_as_it_fills(
    tmp_path: Path, make_scan: Callable[..., Path], tiny_bundle: Path
) -> None:
    make_scan("inbox/one.npy", 1)
    command = [sys.executable, "-c", "from cg3d_runtime.entry import search; search()"]
    environment = {**os.environ, "CG3D_BUNDLE": str(tiny_bundle)}
    watching = subprocess.Popen(
        [*command, "build", tmp_path / "library", tmp_path / "inbox", "--watch"], env=environment
    )
    try:
        _wait_for(tmp_path / "library", 1)
        make_scan("inbox/two.npy", 2)
        _wait_for(tmp_path / "library", 2)
    finally:
        watching.send_signal(signal.SIGTERM)
    assert watching.wait(20) == 0


def _wait_for(library: Path, count: int) -> None:
    for _ in range(400):
        if (library / "manifest.json").exists():
            with Library.open(library) as opened:
                if len(opened) == count:
                    return
        time.sleep(0.05)
    raise AssertionError(f"no {count} scans after 20 s")


@pytest.mark.slow
def test_a_killed_build_goes_on_to_what_an_unkilled_one_makes(tmp_path: Path, scans: Path, run: Run) -> None:
    command = [sys.executable, "-c", "from cg3d_runtime.entry import search; search()", "build"]
    killed = tmp_path / "killed"
    for number in range(8):
        building = subprocess.Popen([*command, killed, scans], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.2 + 0.15 * number)
        building.kill()
        building.wait()
    assert run("build", killed, scans).code == 0
    assert run("build", tmp_path / "whole", scans).code == 0
    with Library.open(killed) as one, Library.open(tmp_path / "whole") as two:
        assert sorted(one.ids()) == sorted(two.ids()) and list(faults(killed)) == []
        names = one.ids()
        first, second = one.vectors(names), two.vectors(names)
        assert all(np.array_equal(first[name], second[name]) for name in names)

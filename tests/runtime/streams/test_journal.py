"""Watched folders: out of reach for a while, and scans that end the process that reads them."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.infer.watch import watch
from cg3d_runtime.preparation.scan import PreparedScan, Scan
from cg3d_runtime.streams.journal import journal_directory, journaled, left_unread, state_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no locks and signals of that kind there")


def prepared(scan: Scan) -> PreparedScan:
    return PreparedScan(str(scan), np.zeros((16, 3), np.float32), 16, 0.0, 0.0, None)


@pytest.fixture
def journal() -> Path:
    directory = journal_directory()
    assert directory
    return directory


def kill_while_reading(journal: Path, scan: Path) -> None:
    """A process that is killed by the scan that it reads."""
    program = """
import os, signal, sys
from pathlib import Path
from cg3d_runtime.streams.journal import journaled
journaled(lambda scan: os.kill(os.getpid(), signal.SIGKILL), Path(sys.argv[1]), sys.argv[2])
"""
    ran = subprocess.run([sys.executable, "-c", program, journal, scan])
    assert ran.returncode == -signal.SIGKILL


def test_an_entry_is_there_while_a_scan_is_read_and_gone_afterwards(journal: Path, make_scan) -> None:
    scan = make_scan()

    def prepare(_: Scan) -> PreparedScan:
        (entry,) = journal.iterdir()
        assert json.loads(entry.read_text()) == [str(scan), *state_of(scan)]
        assert left_unread(journal) == {}  # it is being read by a process that lives
        return prepared(scan)

    assert journaled(prepare, journal, str(scan)).file == str(scan)
    with pytest.raises(ZeroDivisionError):
        journaled(lambda _: 1 / 0, journal, scan)  # type: ignore[arg-type,return-value]
    assert list(journal.iterdir()) == []


def test_a_cloud_has_no_entry(journal: Path) -> None:
    journaled(lambda _: prepared(str(list(journal.iterdir()))), journal, np.zeros((16, 3))).file == "[]"  # noqa: B015


def test_what_was_being_read_when_a_process_was_killed_is_left_until_it_changes(journal: Path, make_scan) -> None:
    scan = make_scan()
    kill_while_reading(journal, scan)
    for _ in range(2):  # however often it is asked
        assert left_unread(journal) == {scan: state_of(scan)}
    os.utime(scan, ns=(0, 0))
    assert left_unread(journal) == {}
    assert list(journal.iterdir()) == []


def test_entries_that_are_none_are_struck_out(journal: Path, tmp_path: Path) -> None:
    (journal / "empty").touch()
    (journal / "cut").write_text('["/a/b.ply", 12')
    (journal / "other").write_text('{"a": 1}')
    (journal / "infinite").write_text('["/a/b.ply", 1e999, 2, 3]')
    (journal / "deep").write_text("[" * 60_000)
    (journal / "gone").write_text(json.dumps([str(tmp_path / "gone.ply"), 1, 2, 3]))
    (journal / "nul").write_text(json.dumps(["a\0.ply", 1, 2, 3]))
    os.mkfifo(journal / "pipe")
    assert left_unread(journal).keys() <= {Path("a\0.ply")}
    assert {path.name for path in journal.iterdir()} <= {"pipe", "nul"}


def test_a_watch_leaves_alone_what_ended_the_last_one(
    journal: Path, make_scan: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    bomb, good = make_scan("watched/a bomb.npy"), make_scan("watched/good.npy")
    kill_while_reading(journal, bomb)
    seen = watch([bomb.parent], interval_s=0.01, leave=left_unread(journal))
    assert next(seen) == str(good)
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{bomb} was being read when the last run ended; skipped until it changes (touch it to try again)"
    )
    bomb.touch()
    assert next(seen) == str(bomb)


def test_a_folder_out_of_reach_is_told_once_and_waited_for(
    make_scan: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    first = make_scan("watched/first.npy")
    away = first.parent.with_name("away")
    seen = watch([first.parent], interval_s=0.01)
    assert next(seen) == str(first)
    for _ in range(3):
        looked = time.monotonic()
        first.parent.rename(away)
        timer = subprocess.Popen(["sh", "-c", f"sleep 0.1; touch {away}/late.npy; mv {away} {first.parent}"])
        assert next(seen) == str(first.with_name("late.npy"))  # and not the first one again
        assert time.monotonic() - looked > 0.1
        timer.wait()
        first.with_name("late.npy").unlink()
    told = [record.getMessage() for record in caplog.records]
    assert (
        told
        == [
            f"{first.parent}: cannot be read now (No such file or directory); what arrives is answered when it can be",
            f"{first.parent}: can be read again",
        ]
        * 3
    )


def test_a_folder_that_is_locked_for_a_moment_ends_no_watch(
    as_a_user: list[str], make_scan: Callable[..., Path], tiny_bundle: Path, labels_file: Path
) -> None:
    folder = make_scan("watched/first.npy").parent
    options = ["--labels", labels_file, "--bundle", tiny_bundle, "--backend", "cpu", "--json", "--watch"]
    command = [*as_a_user, sys.executable, "-m", "cg3d_runtime", folder, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        assert json.loads(process.stdout.readline())["label"]
        folder.chmod(0)
        time.sleep(1.2)
        folder.chmod(0o755)
        make_scan("watched/second.npy")
        assert json.loads(process.stdout.readline())["file"].endswith("second.npy")
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        assert process.wait(20) == 0
    assert said.count("cannot be read now (Permission denied)") == said.count("can be read again") == 1
    assert "Traceback" not in said


def test_a_watch_that_is_killed_by_a_scan_goes_on_without_it_the_next_time(
    make_scan: Callable[..., Path], tiny_bundle: Path, labels_file: Path
) -> None:
    good = make_scan("watched/good.npy")
    bomb = good.with_name("bomb.csv")
    bomb.write_text("1.0 2.0 3.0\n" * 2_000_000)  # some seconds to read, of which one is enough to be killed in
    options = ["--labels", labels_file, "--bundle", tiny_bundle, "--backend", "cpu", "--json", "--watch"]
    command = [sys.executable, "-m", "cg3d_runtime", good.parent, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while not list(journal_entries_of(bomb)):
            time.sleep(0.005)
        process.kill()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        assert json.loads(process.stdout.readline())["file"] == str(good)
        process.terminate()
        assert process.stdout.read() == ""
        assert f"{bomb} was being read when the last run ended" in process.stderr.read()


def journal_entries_of(scan: Path) -> Iterator[Path]:
    folder = Path(os.environ["CG3D_CACHE"]) / "watch"
    for path in folder.glob("*"):
        if str(scan).encode() in path.read_bytes():
            yield path

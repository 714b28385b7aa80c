"""What a run says and keeps while it learns, also when it goes on after a kill or the disk is full."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from cg3d.training.progress import CURVES_FOLDER, METRICS_FILE, SilentLog, TrainingLog
from cg3d_runtime.errors import Cg3dError

WITHOUT_TENSORBOARD = {"tensorboard.compat.proto.event_pb2": None}
NUMBERS = {"loss": 2.5, "points_text": 1.5, "lr": 0.002}


def write_reports(run: Path, first: int, last: int, loss: float = 1.0) -> None:
    with TrainingLog(run, steps=10, batch_size=4, first=first) as progress:
        for done in range(first + 1, last + 1):
            progress.advance(done)
            progress.report(done, {"loss": loss})


def kept(run: Path) -> list[tuple[int, float]]:
    lines = [json.loads(line) for line in (run / METRICS_FILE).read_text().splitlines()]
    return [(line["step"], line["loss"]) for line in lines]


def curves(run: Path) -> EventAccumulator:
    return EventAccumulator(str(run / CURVES_FOLDER)).Reload()


def test_report_is_said_and_kept_with_its_speed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "cg3d"), TrainingLog(tmp_path, 40, 32) as progress:
        progress.report(10, NUMBERS)
        progress.report(10, {"held_out_top1": 0.5})
        progress.report(40, NUMBERS)
    first, evaluation, last = caplog.messages
    assert first.startswith("step 10 of 40  loss 2.5  points_text 1.5  lr 0.002  ")
    assert first.endswith(" clouds/s  0 s left")
    assert evaluation == "step 10 of 40  held_out_top1 0.5"
    assert last.endswith(" clouds/s")
    lines = [json.loads(line) for line in (tmp_path / METRICS_FILE).read_text().splitlines()]
    assert lines[0] == {"step": 10, **NUMBERS, "clouds_per_s": lines[0]["clouds_per_s"]}
    assert lines[1] == {"step": 10, "held_out_top1": 0.5}


@pytest.mark.parametrize(
    ("seconds", "steps", "left"), [(1, 100, "90 s"), (2, 1000, "33 min"), (60, 1000, "16.5 h")], ids=["s", "min", "h"]
)
def test_time_left_follows_the_steps_of_this_session(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    seconds: float,
    steps: int,
    left: str,
) -> None:
    """Ten steps at `seconds` each; the 500 that an earlier session took say nothing of this machine."""
    now = [1000.0]
    monkeypatch.setattr("cg3d.training.progress.monotonic", lambda: now[0])
    with caplog.at_level(logging.INFO, "cg3d"), TrainingLog(tmp_path, 500 + steps, 8, first=500) as progress:
        now[0] += 10 * seconds
        progress.report(510, {"loss": 1.0})
    assert caplog.messages == [f"step 510 of {500 + steps}  loss 1  {8 / seconds:.1f} clouds/s  {left} left"]


def test_bar_goes_on_where_the_run_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    with TrainingLog(tmp_path, 10, 4, first=4):
        pass
    assert "4/10" in screen.getvalue()


def test_steps_that_come_again_are_kept_once(tmp_path: Path) -> None:
    write_reports(tmp_path, 0, 7)
    write_reports(tmp_path, 4, 10, loss=2.0)
    expected = [(1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0), *((step, 2.0) for step in range(5, 11))]
    assert kept(tmp_path) == expected
    assert [(event.step, event.value) for event in curves(tmp_path).Scalars("loss/total")] == expected


def test_run_that_starts_again_keeps_nothing_of_the_first(tmp_path: Path) -> None:
    """A run killed before its first checkpoint has reports, and nothing to go on from."""
    write_reports(tmp_path, 0, 3)
    write_reports(tmp_path, 0, 2, loss=2.0)
    assert kept(tmp_path) == [(1, 2.0), (2, 2.0)]
    assert [event.value for event in curves(tmp_path).Scalars("loss/total")] == [2.0, 2.0]


@given(
    steps=st.lists(st.integers(1, 9), max_size=8).map(sorted),
    cut=st.integers(0, 400),
    junk=st.binary(max_size=8),
    first=st.integers(0, 9),
)
def test_torn_file_keeps_its_whole_lines(steps: list[int], cut: int, junk: bytes, first: int) -> None:
    """A kill cuts the file anywhere; a power cut may leave other bytes behind."""
    lines = [json.dumps({"step": step, "loss": 1.5}).encode() + b"\n" for step in steps]
    whole = [line for i, line in enumerate(lines) if len(b"".join(lines[: i + 1])) <= cut]
    with tempfile.TemporaryDirectory() as folder, patch.dict(sys.modules, WITHOUT_TENSORBOARD):
        path = Path(folder) / METRICS_FILE
        path.write_bytes(b"".join(lines)[:cut] + junk.replace(b"\n", b""))
        with TrainingLog(Path(folder), 10, 4, first):
            pass
        expected = [line for line in whole if json.loads(line)["step"] <= first]
        assert path.read_bytes() == b"".join(expected)


def test_file_without_anything_to_drop_is_left_alone(tmp_path: Path) -> None:
    write_reports(tmp_path, 0, 4)
    before = (tmp_path / METRICS_FILE).stat()
    write_reports(tmp_path, 4, 4)
    assert (tmp_path / METRICS_FILE).stat() == before


def test_curves_are_grouped(tmp_path: Path) -> None:
    with TrainingLog(tmp_path, 10, 4) as progress:
        progress.report(5, {**NUMBERS, "points_image": 1.0, "image_text": 1.0, "logit_scale": 14.3})
        progress.report(5, {"held_out_top1": 0.5, "held_out_class_mean": 0.4, "spin": 1.0})
    found = curves(tmp_path)
    assert set(found.Tags()["scalars"]) == {
        "loss/total",
        "loss/points_text",
        "loss/points_image",
        "loss/image_text",
        "rate/lr",
        "speed/clouds_per_s",
        "held_out/top1",
        "rate/logit_scale",
        "held_out/class_mean",
        "spin",
    }
    (event,) = found.Scalars("held_out/top1")
    assert (event.step, event.value) == (5, 0.5)


def test_curves_are_whole_when_training_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), TrainingLog(tmp_path, 10, 4) as progress:
        progress.report(1, NUMBERS)
        raise KeyboardInterrupt
    assert [event.step for event in curves(tmp_path).Scalars("rate/lr")] == [1]


def test_curves_go_on_after_a_torn_record(tmp_path: Path) -> None:
    write_reports(tmp_path, 0, 4)
    (torn,) = (tmp_path / CURVES_FOLDER).iterdir()
    torn.write_bytes(torn.read_bytes()[:-5])
    write_reports(tmp_path, 3, 5, loss=2.0)
    assert [event.value for event in curves(tmp_path).Scalars("loss/total")] == [1.0, 1.0, 1.0, 2.0, 2.0]


def test_without_tensorboard_only_the_curves_are_missing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "cg3d"), patch.dict(sys.modules, WITHOUT_TENSORBOARD):
        write_reports(tmp_path, 0, 1)
    assert [path.name for path in tmp_path.iterdir()] == [METRICS_FILE]
    (hint,) = [record for record in caplog.records if "pip install tensorboard" in record.message]
    assert hint.levelno == logging.DEBUG


def test_tensorboard_leaves_stderr_alone(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nfrom cg3d.training.progress import TrainingLog\n"
        f"with TrainingLog(Path({str(tmp_path)!r}), 2, 4) as progress:\n    progress.report(1, {{'loss': 1.0}})"
    )
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert curves(tmp_path).Tags()["scalars"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("full", [METRICS_FILE, f"{CURVES_FOLDER}/events*"])
def test_full_disk_ends_the_run_in_one_line(tmp_path: Path, full: str) -> None:
    with pytest.raises(Cg3dError) as caught, TrainingLog(tmp_path, 10, 4) as progress:
        progress.report(1, NUMBERS)
        progress.report(2, NUMBERS)
        (file,) = tmp_path.glob(full)
        before = file.rename(tmp_path / "before").read_bytes()
        file.symlink_to("/dev/full")
        progress.report(3, NUMBERS)
    assert str(caught.value) == (
        f"{tmp_path} cannot be written (No space left on device). What was saved before is whole. Free space, or allow "
        f"writing there, then start again; what `cg3d train` began goes on with --resume {tmp_path}."
    )
    assert (tmp_path / "before").read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limits on a process's files")
def test_training_ends_in_one_line_when_a_checkpoint_does_not_fit(
    packed: Path, tiny_changes: tuple[str, ...], tmp_path: Path
) -> None:
    """A limit on the size of files stands for the full disk: it stops the checkpoint, the first file above it."""
    changes = [part for change in (*tiny_changes, "log_every=1") for part in ("--set", change)]
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "from cg3d.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "train", "--data", packed, "--out", tmp_path / "run", *changes]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"cg3d: {tmp_path / 'run'} cannot be written (File too large). ")
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [METRICS_FILE, "run.json", CURVES_FOLDER]
    reports = [json.loads(line) for line in (tmp_path / "run" / METRICS_FILE).read_text().splitlines()]
    assert [report["step"] for report in reports if "loss" in report] == [1, 2, 3, 4]


def test_folder_that_cannot_be_written_is_told_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / METRICS_FILE).mkdir()
    with pytest.raises(Cg3dError, match=r"cannot be written \(Is a directory\)"):
        TrainingLog(tmp_path, 10, 4)


def test_silent_log_takes_what_the_log_takes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "cg3d"), SilentLog() as progress:
        progress.advance(1)
        progress.report(1, NUMBERS)
    assert caplog.messages == []

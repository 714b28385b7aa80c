"""A disk that fills up and a process that is killed: nothing half-written is ever used, and the next export recovers."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cg3d_export.bundles.triton import write_triton
from cg3d_export.bundles.writer import bundle_directory, listed_files
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import write_manifest
from cg3d_runtime.errors import BundleError

# What Python does to the file system tells sys.addaudithook of itself before it happens, at these events.
STEPS = (
    "open",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.listdir",
    "os.scandir",
    "fcntl.flock",
)
MOST_STEPS = 400

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def export(source: Path, out: Path) -> None:
    """Everything that an export does to the disk."""
    with bundle_directory(out) as folder:
        for path in source.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())


def killed_at(step: int, work: Callable[[], None]) -> bool:
    """Do `work` in a process that SIGKILL ends before its `step`-th touch of the file system; whether it came to that."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
        return os.WIFSIGNALED(status)
    try:
        done = 0

        def count(event: str, _arguments: object) -> None:
            nonlocal done
            if event in STEPS:
                done += 1
                if done == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        work()
        os._exit(0)
    finally:
        os._exit(1)


def is_whole(bundle: Path) -> bool:
    """Whether every byte is there, and none too much."""
    opened = Bundle.open(bundle)
    for entry in listed_files(opened.manifest):
        opened.read(entry)
    return {path.name for path in bundle.iterdir()} == {
        "manifest.json",
        *(e.file for e in listed_files(opened.manifest)),
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def bundle(exported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of few files: each is several more steps to be killed at."""
    out = tmp_path_factory.mktemp("small") / "tiny"
    out.mkdir()
    manifest = Bundle.open(exported[0]).manifest
    graphs = {"points": {"fp16": manifest.graphs["points"]["fp16"]}}
    files = {role: manifest.files[role] for role in ("test_vectors", "model_card")}
    small = replace(manifest, graphs=graphs, files=files)
    for entry in listed_files(small):
        shutil.copy(exported[0] / entry.file, out)
    write_manifest(small, out)
    return out


@pytest.mark.parametrize("older", [False, True], ids=["nothing there", "over an older bundle"])
def test_a_kill_at_any_step_leaves_a_whole_bundle_or_none(bundle: Path, tmp_path: Path, older: bool) -> None:
    out = tmp_path / "models" / "robot"
    seen = set()
    for step in range(1, MOST_STEPS):
        if older and not out.exists():
            shutil.copytree(bundle, out)
            (out / "manifest.sig").write_text("signed before")
        killed = killed_at(step, lambda: export(bundle, out))
        signed = (out / "manifest.sig").exists()
        if signed:
            (out / "manifest.sig").unlink()
        seen.add("old" if signed else "new" if out.exists() else "none")
        assert not out.exists() or is_whole(out)
        if not killed:
            break
        if step % 7 == 0 or not out.exists():  # the next export, whatever has gathered by then
            export(bundle, out)
            assert names(out.parent) == ["robot"]
            assert is_whole(out)
        shutil.rmtree(out)
    assert not killed, "more steps than MOST_STEPS"
    assert step > 20
    assert seen == ({"old", "none", "new"} if older else {"none", "new"})
    assert names(out.parent) == ["robot"]


def test_a_kill_at_any_step_leaves_a_whole_triton_repository_or_none(bundle: Path, tmp_path: Path) -> None:
    opened, out = Bundle.open(bundle), tmp_path / "repository"
    step, killed = 1, True
    while killed:
        killed = killed_at(step, lambda: write_triton(opened, out) and None)
        if out.exists():
            write_triton(opened, out)  # refuses what is not, file by file, its own
            assert names(tmp_path) == ["repository"]
            shutil.rmtree(out)
        step += 3
    assert step > 20


def test_a_kill_while_the_manifest_is_written_again_does_not_block_the_next_export(
    bundle: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(bundle, tmp_path / "robot"))
    manifest = replace(Bundle.open(out).manifest, name="calibrated")
    step, left = 1, []
    while killed_at(step, lambda: write_manifest(manifest, out) and None):
        left += [name for name in names(out) if name.startswith(".")]
        assert Bundle.open(out).manifest.name == "tiny"
        export(bundle, out)
        assert is_whole(out)
        step += 1
    assert Bundle.open(out).manifest.name == "calibrated"
    assert len(left) >= 2, "killed between the temporary file and its final name"
    assert all(name.startswith(".manifest.json.") for name in left)


@pytest.mark.parametrize(
    "name", [".notes.txt.a1b2c3d4", ".manifest.json.swp", ".manifest.json.tooLong99", "manifest.json.a1b2c3d4"]
)
def test_what_only_looks_half_written_is_not_removed(bundle: Path, tmp_path: Path, name: str) -> None:
    out = Path(shutil.copytree(bundle, tmp_path / "robot"))
    (out / name).write_text("years of work")
    with pytest.raises(BundleError, match="holds what no export wrote"):
        export(bundle, out)
    assert (out / name).read_text() == "years of work"


def test_a_living_exports_folder_is_not_taken_for_abandoned(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "robot"
    begun, finished = threading.Event(), threading.Event()

    def slow() -> None:
        with bundle_directory(out) as folder:
            (folder / "half").write_text("")
            begun.set()
            assert finished.wait(20)
            shutil.copytree(bundle, folder, dirs_exist_ok=True)
            (folder / "half").unlink()

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert begun.wait(20)
        export(bundle, out)
        assert len(names(tmp_path)) == 2
    finally:
        finished.set()
        thread.join()
    assert names(tmp_path) == ["robot"]
    assert is_whole(out)


def test_folders_of_others_are_left_alone(bundle: Path, tmp_path: Path) -> None:
    for name in (".robot.settings", ".robot.writing", ".robot2.writing-abcdefgh", "robot.writing-abcdefgh"):
        (tmp_path / name).mkdir()
    (tmp_path / ".robot.writing-abcdefgh").mkdir()
    export(bundle, tmp_path / "robot")

    left = [".robot.settings", ".robot.writing", ".robot2.writing-abcdefgh", "robot", "robot.writing-abcdefgh"]
    assert names(tmp_path) == left


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: a write then fails midway, as on a full disk.

    A context and no fixture: pytest itself writes to a file before fixtures are undone.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("older", [False, True], ids=["nothing there", "over an older bundle"])
def test_a_full_disk_leaves_what_was_there(bundle: Path, tmp_path: Path, older: bool) -> None:
    out = tmp_path / "robot"
    if older:
        export(bundle, out)
    content = {path.name: path.read_bytes() for path in bundle.iterdir()}
    for limit in (0, 1, 4096, max(map(len, content.values())) - 1):
        with pytest.raises(OSError, match="File too large"), files_end_at(limit):
            export(bundle, out)
        assert names(tmp_path) == (["robot"] if older else [])
        assert not older or is_whole(out)
    export(bundle, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == content


def test_a_full_disk_leaves_no_half_of_a_signature_or_repository(bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    from cg3d_export.bundles.signing import sign_bundle, write_key_pair

    copied = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    write_key_pair(tmp_path / "fleet.pem")
    sign_bundle(copied, tmp_path / "fleet.pem")
    signature = (copied / "manifest.sig").read_bytes()
    before = names(tmp_path)
    for work in (
        lambda: sign_bundle(copied, tmp_path / "fleet.pem"),
        lambda: write_key_pair(tmp_path / "other.pem"),
        lambda: write_triton(Bundle.open(copied), tmp_path / "repository"),
    ):
        with pytest.raises(OSError, match="File too large"), files_end_at(50):
            work()

    assert names(tmp_path) == before
    assert (copied / "manifest.sig").read_bytes() == signature
    assert "manifest.sig" in names(copied)
    assert len(names(copied)) == len(names(bundle)) + 1


SCRIPT = """
import sys
from pathlib import Path
from cg3d_export.exporting import export_bundle
from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d.models.towers.towers import TowerConfig
model = CG3D(ModelConfig(EncoderConfig("pointnet", 64), TowerConfig("cg3d-mini", "random")))
print("exporting", flush=True)
keep = {"points": ["fp32", "fp16"], "text": [], "image": ["fp32"]}
export_bundle(model, Path(sys.argv[1]), name="robot", licences={}, provenance={}, keep=keep)
"""


@pytest.mark.slow
def test_a_real_export_that_is_killed_is_made_good_by_the_next(exported, model, tmp_path: Path) -> None:
    from cg3d_export import export_bundle

    out = tmp_path / "robot"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(out)], env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob(".robot.writing-*/*.onnx")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not out.exists()
    with pytest.raises(BundleError, match="no bundle can be read there"):
        Bundle.open(out)
    half = next(tmp_path.glob(".robot.writing-*"))
    with pytest.raises(BundleError, match="no bundle can be read there"):
        Bundle.open(half)  # the manifest is written last

    export_bundle(
        model, out, name="tiny", licences={}, provenance={}, keep={"points": ["fp32"], "text": [], "image": []}
    )
    assert is_whole(out)
    assert names(tmp_path) == ["robot"]

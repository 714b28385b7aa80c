"""`cg3d eval-scenes` as a user runs it, with the bundle that ships."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("scipy", reason="scenes need SciPy")

import cg3d_runtime
from cg3d.cli import app
from cg3d.scene_evaluation.annotated import NOTHING
from cg3d.scene_evaluation.evaluate import evaluate_annotated
from cg3d.scene_evaluation.layouts import read_annotated
from cg3d.scene_evaluation.simulation.scenes import Simulation, simulate
from cg3d.scene_evaluation.simulation.stock import built_in_stock
from cg3d_runtime.errors import DataError

BUNDLE = Path(cg3d_runtime.__file__).parent / "bundles" / "cg3d-mini"
LABELS = "mug\nbowl\nbottle\nbook\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "labels.txt").write_text(LABELS)
    return tmp_path / "labels.txt"


def call(*words: object) -> object:
    return CliRunner().invoke(app, ["eval-scenes", str(BUNDLE), *map(str, words)])


def test_two_simulated_scenes(labels: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need matplotlib")
    words = ("--simulate", "table", "--scenes", 2, "--objects", "2-3", "--labels", labels, "--json")
    told = call(*words, "--out", tmp_path / "report")
    assert told.exit_code == 0, told.output
    result = json.loads(told.stdout)
    assert result == json.loads((tmp_path / "report" / "scenes.json").read_text())
    assert (tmp_path / "report" / "scenes.png").read_bytes().startswith(b"\x89PNG")
    assert result["scenes"] == 2 and 3 <= result["objects"] <= 6 and result["named"] == result["objects"]
    assert result["chance"] == 0.25 and list(result["labels"]) == ["mug", "bowl", "bottle", "book"]
    assert result["proposal_recall"]["value"] >= 0.5
    assert sum(each["recalled"] for each in result["each"]) + sum(result["missed"].values()) == result["objects"]
    assert result["provenance"]["simulation"]["seed"] == 0


def test_annotated_scenes_and_a_table_for_people(tmp_path: Path) -> None:
    (scene,) = simulate(Simulation("table", scenes=1, objects=(2, 2)), built_in_stock(), ["mug", "bowl", "book"]).each
    np.save(tmp_path / "a.npy", scene.cloud.xyz)
    np.save(tmp_path / "a.segments.npy", scene.ids)
    content = {"up": scene.up, "names": {str(each.id): each.name for each in scene.objects}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    told = call("--annotated", tmp_path, "--layout", "instances")
    assert told.exit_code == 0, told.output
    assert "objects found (recall at 0.5)" in told.stdout and "oracle: true points named right" in told.stdout
    assert f"1 scenes of {tmp_path.name}, {len(scene.objects)} objects" in told.stdout
    (read,) = read_annotated(tmp_path, "instances").each
    np.testing.assert_array_equal(read.ids, scene.ids)
    assert (read.objects, read.up) == (scene.objects, pytest.approx(scene.up))


def test_without_names_there_is_nothing_to_choose_from(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 3), np.float32))
    np.save(tmp_path / "a.segments.npy", np.full(3, NOTHING))
    (tmp_path / "a.json").write_text('{"objects": []}')
    with pytest.raises(DataError, match="no object has a name, so there is nothing to choose from; name --labels"):
        evaluate_annotated(BUNDLE, tmp_path, "instances")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "scenes are simulated or annotated, got neither: name --simulate KIND or --annotated DIR."),
        (("--simulate", "table", "--annotated", "x", "--layout", "osd"), "simulated or annotated, got both"),
        (("--annotated", "x"), "--annotated DIR and --layout NAME belong together"),
        (("--simulate", "table", "--layout", "osd"), "--annotated DIR and --layout NAME belong together"),
        (("--annotated", "x", "--layout", "osd", "--objects", "3"), "--objects goes with --simulate"),
        (("--annotated", "x", "--layout", "osd"), "x: is no folder; name the one that holds"),
        (("--simulate", "table", "--objects", "5-3"), "--objects must be a number from 1 to 12, or two such as 5-10"),
        (("--simulate", "tabel"), "kind of scene 'tabel' is not known, did you mean 'table'"),
    ],
)
def test_what_does_not_fit_is_said(words: tuple[str, ...], message: str) -> None:
    told = call(*words)
    assert told.exit_code == 2
    assert message in " ".join(told.stderr.split())

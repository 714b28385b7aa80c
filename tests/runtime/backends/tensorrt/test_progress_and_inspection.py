"""Progress and inspection: what TensorRT tells, made out."""

from __future__ import annotations

from typing import Any

import pytest

from cg3d_runtime.backends.tensorrt import inspection, progress
from cg3d_runtime.backends.tensorrt.inspection import fp16_share
from cg3d_runtime.backends.tensorrt.progress import BuildProgress


def layer(output: str, **more: Any) -> dict[str, Any]:
    return {"Name": "layer", "Inputs": [], "Outputs": [{"Name": "x", "Format/Datatype": output}], **more}


@pytest.fixture(autouse=True)
def every_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)


def test_nested_phases_fill_one_step_of_their_parent() -> None:
    reports: list[float] = []
    build = BuildProgress(reports.append)
    build.start("build", None, 4)
    build.step("build", 0)
    build.start("tactics", "build", 2)
    build.step("tactics", 0)
    build.start("timing", "tactics", 5)
    build.step("timing", 0)
    build.finish("timing")
    build.step("tactics", 1)
    build.finish("tactics")
    build.step("build", 1)
    build.step("build", 3)
    assert reports == pytest.approx([0.25, 0.375, 0.4, 0.5, 0.5, 1.0])


def test_progress_never_falls_and_takes_what_it_does_not_know() -> None:
    reports: list[float] = []
    build = BuildProgress(reports.append)
    build.step("unknown", 3)
    build.start("first", None, 0)
    build.step("first", 7)
    build.finish("first")
    build.finish("first")
    build.start("second", None, 10)
    build.step("second", 0)
    assert reports == [0.0, 1.0, 1.0]


def test_reports_keep_their_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "INTERVAL_S", 3600.0)
    reports: list[float] = []
    build = BuildProgress(reports.append)
    build.start("build", None, 4)
    build.step("build", 3)
    assert reports == []


@pytest.mark.parametrize(
    ("layers", "share"),
    [
        ([layer("Half"), layer("Float")], 0.5),
        ([layer("Row major linear FP16 format"), layer("Channel major FP16 format where channel % 8 == 0")], 1.0),
        ([layer("Row major linear FP32"), layer("Int32"), layer("Row major linear INT64 format")], 0.0),
        ([layer("Float", TacticName="sm80_xmma_gemm_f16f16_f16f32_f32_tn_n"), layer("Float")], 0.5),
        ([layer("Float", Weights={"Type": "Half", "Count": 8})], 1.0),
        ([layer("Float", Weights={"Type": "Half", "Count": 0})], 0.0),
        ([layer("Float", TacticName="sm80_xmma_gemm_f32f32_f32f32_f32_nn_n")], 0.0),
        ([layer("Int32"), "only a name", None], None),
        ([], None),
    ],
)
def test_the_share_of_fp16_layers(layers: list[Any], share: float | None) -> None:
    assert fp16_share(layers) == share


def test_a_layer_with_broken_json_does_not_hide_the_others() -> None:
    assert inspection._parsed('{"Name": "a\nb"}') == {"Name": "a\nb"}
    assert inspection._parsed('{"Metadata": {"Type": "x"}}"') is None

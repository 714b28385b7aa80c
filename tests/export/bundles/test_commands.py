"""What one does with a bundle from the command line: verify, serve, sign, take ranges for INT8."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cg3d.cli import app
from cg3d.data.built_in import parametric_objects
from cg3d.data.pack import pack
from cg3d.data.samples import SampleSpec
from cg3d_export import ExportReport
from cg3d_runtime.bundle.signature import SIGNATURE_FILE


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def bundle(exported: tuple[Path, ExportReport], tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(exported[0], tmp_path / "tiny"))


def test_verify(bundle: Path) -> None:
    good = run("verify", bundle)
    assert good.exit_code == 0 and len(good.output.splitlines()) == 7 and "points  fp16" in good.output
    (bundle / "text.fp16.onnx").write_bytes((bundle / "text.fp32.onnx").read_bytes())
    swapped = run("verify", bundle)
    assert swapped.exit_code == 2 and "text.fp16.onnx" in swapped.output and "Copy the bundle again" in swapped.output


def test_old_spellings_of_verify_and_triton(bundle: Path, tmp_path: Path) -> None:
    verified = run("export", "--verify-only", bundle)
    assert verified.exit_code == 0 and len(verified.stdout.splitlines()) == 7
    assert verified.stderr == f"cg3d: this is now written: cg3d verify {bundle}\n"
    served = run("export", f"--triton={tmp_path / 'models'}", "--bundle", bundle, "--triton-precision", "fp32")
    assert served.exit_code == 0 and "tiny-points" in served.stdout
    assert served.stderr == (
        f"cg3d: this is now written: cg3d triton {bundle} --out {tmp_path / 'models'} --precision fp32\n"
    )


def test_verify_as_json(bundle: Path) -> None:
    assert json.loads(run("verify", bundle, "--json").stdout)["name"] == "tiny"


def test_triton(bundle: Path, tmp_path: Path) -> None:
    written = run("triton", bundle, "--out", tmp_path / "repository", "--precision", "fp32")
    assert written.exit_code == 0 and "tiny-points, tiny-text, tiny-image, cg3d" in written.output
    assert {path.parent.name for path in tmp_path.glob("repository/*/config.pbtxt")} == {
        "cg3d",
        "tiny-points",
        "tiny-text",
        "tiny-image",
    }


def test_sign_and_calibrate(bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="signatures need it: pip install cryptography")
    key = tmp_path / "fleet.pem"
    made = run("keygen", key)
    assert (
        made.exit_code == 0
        and key.stat().st_mode & 0o777 == 0o600
        and "--require-signature fleet.pub.pem" in made.output
    )
    assert run("keygen", key).exit_code == 2
    signed = run("sign", bundle, "--key", key)
    assert signed.exit_code == 0 and (bundle / SIGNATURE_FILE).exists()
    assert signed.output.split()[-1] in made.output  # the key's id


def test_ranges(bundle: Path, tmp_path: Path) -> None:
    spec = SampleSpec(points=512, views=1, image_size=16, drawn_points=512)
    pack(parametric_objects(2, categories=["mug", "bowl"]), tmp_path / "data", spec, workers=1)
    ranges = tmp_path / "ranges.json"
    taken = run("int8-ranges", bundle, "--data", tmp_path / "data", "--samples", 2, "--out", ranges)
    assert taken.exit_code == 0, taken.output
    assert f"cg3d export RUN --int8 --calibration {ranges}" in taken.output
    points = json.loads(ranges.read_text())["graphs"]["points"]
    assert points["samples"] == 2 and all(low <= high for low, high in points["ranges"].values())
    again = tmp_path / "again.json"
    old = run("calibrate", bundle, "--data", tmp_path / "data", "--samples", 2, "--out", again)
    assert old.exit_code == 0 and again.read_bytes() == ranges.read_bytes()
    assert old.stderr.startswith(f"cg3d: this is now written: cg3d int8-ranges {bundle} --data ")
    wrong = run("int8-ranges", bundle, "--data", tmp_path / "data", "--method", "mean", "--out", ranges)
    assert wrong.exit_code == 2 and "minmax, percentile, entropy" in wrong.output

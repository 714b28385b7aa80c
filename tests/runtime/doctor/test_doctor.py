"""`cg3d-doctor` as people and programs run it, and backends that crash or hang while they prove themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.signature import Signature, key_id
from cg3d_runtime.doctor.cli import app
from cg3d_runtime.doctor.proofs import Proof, is_proven, prove_backend
from cg3d_runtime.doctor.prover import Figures
from cg3d_runtime.doctor.storage import inspect_bundle, inspect_caches
from tests.runtime.programs import Run, run_in_process

COMMAND = [sys.executable, "-c", "from cg3d_runtime.doctor.cli import main; main()"]
CELLS = [("points", "fp32"), ("points", "fp16"), ("text", "fp32"), ("image", "fp32")]
LIMIT_S = 60.0
Edit = Callable[[Callable[[dict[str, Any]], object]], Path]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command inside this process; the backends run in their own anyway."""
    return partial(run_in_process, capsys, app, "cg3d-doctor")


@pytest.fixture
def tensorrt_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that installs a library called tensorrt, which runs some code when it is imported."""

    def install(code: str) -> None:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "tensorrt.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))

    return install


def test_programs_get_one_object(doctor: Run, tiny_bundle: Path, tmp_path: Path) -> None:
    code, out, _ = doctor("--bundle", tiny_bundle, "--json")
    tree = json.loads(out)
    assert (code, tree["healthy"]) == (0, True)
    cpu = tree["backends"]["onnxruntime-cpu"]
    assert (cpu["proven"], cpu["advice"]) == (True, None)
    assert [(proof["graph"], proof["precision"]) for proof in cpu["proofs"]] == CELLS
    for proof in cpu["proofs"]:
        assert proof["figures"]["cosine"] > 0.999
        assert proof["figures"]["max_error"] < (1e-5 if proof["precision"] == "fp32" else 1e-2)
        assert proof["figures"]["ms"] > 0
    assert tree["bundle"]["faults"] == []
    assert tree["bundle"]["signed_by"] is None
    assert tree["caches"]["labels"] == {"directory": str(tmp_path / "cache" / "labels"), "files": 0, "bytes": 0}
    assert tree["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))


def test_people_get_a_table(doctor: Run, tiny_bundle: Path) -> None:
    code, out, err = doctor("--bundle", tiny_bundle)
    assert code == 0
    assert "onnxruntime-cpu: proven" in out
    assert "yes, every file is what the manifest promises" in out
    assert [line for line in out.splitlines() if line.split()[:2] == ["text", "fp32"]]
    assert err.splitlines()[0] == "cg3d-doctor: proving onnxruntime-cpu"


def test_the_command_in_a_process_of_its_own(tiny_bundle: Path) -> None:
    ran = subprocess.run([*COMMAND, "--bundle", tiny_bundle, "--json"], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["healthy"]


def test_without_a_bundle_there_is_nothing_to_prove(doctor: Run, tmp_path: Path) -> None:
    code, out, err = doctor("--bundle", tmp_path / "none")
    assert (code, out) == (2, "")
    assert "no bundle can be read there" in err
    assert "Traceback" not in err


def test_an_altered_graph_is_told_and_not_proven(doctor: Run, own_bundle: Path) -> None:
    graph = own_bundle / "points.fp32.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"?")
    code, out, _ = doctor("--bundle", own_bundle)
    assert code == 2
    assert "whole" in out and "NO: " in out and "altered or cut short" in out


def test_a_graph_that_computes_something_else_is_not_proven(own_bundle: Path, edit_manifest: Edit) -> None:
    def exchange(tree: dict[str, Any]) -> None:
        tree["graphs"]["image"] = tree["graphs"]["text"]

    first, second, third, fourth = prove_backend(Bundle.open(edit_manifest(exchange)), "cpu", LIMIT_S)
    assert first.figures and second.figures and third.figures
    assert fourth.error is not None and "image" in fourth.error


def test_a_signature_is_shown_and_required(own_bundle: Path, tmp_path: Path) -> None:
    (own_bundle / "manifest.sig").write_text(f"cg3d-signature-1 ed25519 0123456789abcdef {'A' * 86}==\n")
    bundle = Bundle.open(own_bundle)
    assert inspect_bundle(bundle).signed_by == "0123456789abcdef"
    assert inspect_bundle(bundle).signature_proven is None
    required = inspect_bundle(bundle, tmp_path / "none.pem")
    assert required.signature_proven is False
    assert len(required.faults) == 1


def test_a_signature_is_proven_by_its_key(doctor: Run, own_bundle: Path, tmp_path: Path) -> None:
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    formats = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    secret = ed25519.Ed25519PrivateKey.generate()
    public = secret.public_key()
    signature = Signature(key_id(public), secret.sign((own_bundle / "manifest.json").read_bytes()))
    (own_bundle / "manifest.sig").write_text(signature.to_line())
    pem = public.public_bytes(formats.Encoding.PEM, formats.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "fleet.pem").write_bytes(pem)
    code, out, _ = doctor("--bundle", own_bundle, "--require-signature", tmp_path / "fleet.pem")
    assert code == 0
    assert f"key {key_id(public)}, proven" in out


def test_caches_are_counted(tmp_path: Path) -> None:
    labels = tmp_path / "cache" / "labels"
    labels.mkdir(parents=True)
    (labels / "one.npz").write_bytes(b"12345")
    (labels / "two.npz").write_bytes(b"123")
    found = inspect_caches()["labels"]
    assert (found.directory, found.files, found.bytes) == (str(labels), 2, 8)


def test_a_library_that_crashes_takes_only_its_own_process_down(
    doctor: Run, tiny_bundle: Path, tensorrt_that: Callable[[str], None]
) -> None:
    tensorrt_that("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    code, out, _ = doctor("--bundle", tiny_bundle, "--json")
    backends = json.loads(out)["backends"]
    assert code == 0
    assert backends["onnxruntime-cpu"]["proven"]
    assert not backends["tensorrt"]["proven"]
    assert len(backends["tensorrt"]["proofs"]) == len(CELLS)
    assert {proof["error"] for proof in backends["tensorrt"]["proofs"]} == {
        "its process crashed (Segmentation fault): is the library built for this device?"
    }


def test_after_a_crash_the_other_graphs_are_still_proven(
    own_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime, in which the first graph to be opened crashes and the others run."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os\nif 'points:fp32' in open('/proc/self/cmdline').read():\n    os.abort()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    first, *others = prove_backend(Bundle.open(own_bundle), "cpu", LIMIT_S)
    assert first.error is not None and "(Aborted)" in first.error
    assert all(proof.figures for proof in others)
    assert is_proven([first, *others])  # points passed at fp16


def test_a_library_that_hangs_is_ended(tiny_bundle: Path, tensorrt_that: Callable[[str], None]) -> None:
    tensorrt_that("import time\ntime.sleep(600)\n")
    proofs = prove_backend(Bundle.open(tiny_bundle), "tensorrt", 2.0)
    assert [proof.error for proof in proofs] == ["no answer in 2 s; --timeout allows more."] * len(CELLS)


def test_what_a_library_prints_does_not_disturb(tiny_bundle: Path, tensorrt_that: Callable[[str], None]) -> None:
    tensorrt_that("import os\nos.write(1, b'a banner\\n')\nraise ImportError('no libnvinfer.so.10')\n")
    proofs = prove_backend(Bundle.open(tiny_bundle), "tensorrt", LIMIT_S)
    assert len(proofs) == len(CELLS)
    assert all("no libnvinfer.so.10" in str(proof.error) for proof in proofs)


def test_a_backend_is_proven_by_every_graph_at_some_precision() -> None:
    figures = Figures(1.0, 0.0, 1.0, 0.1)
    passed, failed = Proof("points", "fp32", figures, None), Proof("points", "fp16", None, "broken")
    text = Proof("text", "fp32", None, "broken")
    assert is_proven([passed, failed])
    assert not is_proven([passed, text])
    assert not is_proven([failed])
    assert not is_proven([])


def test_help_needs_no_numpy() -> None:
    code = "import sys, cg3d_runtime.doctor.cli, cg3d_runtime.bench.cli; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-5"])
def test_a_limit_that_is_none(seconds: str) -> None:
    result = CliRunner().invoke(app, ["--timeout", seconds])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not in the range from 1 to 86400." in result.stderr

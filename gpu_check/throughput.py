"""Clouds a second of the point encoders at three sizes of batch, and their share of the roofline."""

from __future__ import annotations

from typing import NamedTuple

import torch

from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder
from cg3d.runs.bundle_encoder import encoder_config
from cg3d_runtime.bundle import Bundle
from gpu_check.clouds import batch
from gpu_check.findings import Findings
from gpu_check.machine import copied_bytes, name_of, product_flops, seconds
from gpu_check.peaks import documented
from gpu_check.roofline import Work, bytes_of, flops_of

SIZES = (1, 32, 256)
_WIDTH = 512  # of the embeddings
_LONGEST_S = 8.0  # of one run; a CPU is not asked for more
_KINDS = {"fp32": torch.float32, "bf16": torch.bfloat16}


class Roof(NamedTuple):
    """The peaks of a device in one precision, and whether they are documented or measured."""

    flops: float
    bytes_s: float
    whose: str


def check(device: str, told: Findings) -> None:
    """PointMLP, PointMLP-Elite and the encoder that ships; fresh weights do as well for their speed."""
    torch.backends.cudnn.allow_tf32 = False  # the documented peaks of float32 are those without
    roofs = {kind: _roof(device, kind) for kind in _KINDS}
    for kind, roof in roofs.items():
        if roof.flops < roofs["fp32"].flops:
            told.skipped(f"all encoders, {kind}", f"{kind} is emulated on this device: slower than fp32")
            continue
        for name, config in _encoders().items():
            _measure(name, config, device, kind, roof, told)


def _roof(device: str, kind: str) -> Roof:
    if peak := documented(name_of(device)):
        return Roof(peak.half_flops if kind == "bf16" else peak.single_flops, peak.bytes_s, "documented")
    return Roof(product_flops(device, _KINDS[kind]), copied_bytes(device), "measured")


def _encoders() -> dict[str, EncoderConfig]:
    shipped = encoder_config(Bundle.open(None).manifest)
    return {
        "pointmlp": EncoderConfig("pointmlp"),
        "pointmlp-elite": EncoderConfig("pointmlp-elite"),
        "cg3d-mini": shipped,
    }


def _measure(name: str, config: EncoderConfig, device: str, kind: str, roof: Roof, told: Findings) -> None:
    torch.manual_seed(0)
    encoder = build_point_encoder(config, _WIDTH).eval().to(device)
    single = torch.from_numpy(batch(config.spec, 1)).to(device)
    flops = flops_of(lambda: encoder(single))
    with torch.no_grad(), torch.autocast(device, torch.bfloat16, enabled=kind == "bf16"):
        expected = flops / roof.flops
        work = Work(flops, bytes_of(lambda: encoder(single))) if expected < _LONGEST_S else None
        for size in SIZES:
            check = f"{name}, {kind}, batch {size}"
            if work is None or expected * size > _LONGEST_S:
                told.skipped(check, f"would take this device {expected * size:.0f} s or more")
                continue
            points = torch.from_numpy(batch(config.spec, size)).to(device)
            took = seconds(lambda points=points: encoder(points), device, 0.2)
            expected = max(expected, took / size)
            told.measured(check, size / took, "clouds/s", _note(work, size / took, roof))


def _note(work: Work, clouds_s: float, roof: Roof) -> str:
    flops_s = work.flops * clouds_s
    share = flops_s / work.roof(roof.flops, roof.bytes_s)
    return f"{flops_s / 1e12:.3g} TFLOP/s, {share:.1%} of the roofline ({roof.whose} peaks)"

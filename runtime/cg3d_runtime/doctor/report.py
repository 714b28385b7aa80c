"""Everything the doctor found: a tree for programs, a table for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.doctor.advice import advise, conflicts
from cg3d_runtime.doctor.device import Device, read_device
from cg3d_runtime.doctor.power import PowerState, read_power
from cg3d_runtime.doctor.proofs import BACKENDS, Proof, is_proven, prove_backend
from cg3d_runtime.doctor.storage import BundleState, CacheState, inspect_bundle, inspect_caches
from cg3d_runtime.doctor.versions import read_versions
from cg3d_runtime.errors import printable
from cg3d_runtime.telemetry import telemetry_state

# How errors of a missing library end, which know nothing of this device: the advice does, and may say the opposite.
_REMEDY = re.compile(r" (Install (it|one): |On a Jetson it comes with JetPack: |pip (un)?install ).*$")


@dataclass(frozen=True)
class BackendState:
    """One backend: its proofs, and what to type where it is not proven."""

    proven: bool
    proofs: list[Proof]
    advice: str | None


@dataclass(frozen=True)
class Report:
    """The state of a device; `backends` by onnxruntime-cpu, onnxruntime-cuda and tensorrt.

    Attributes:
        telemetry: whether ONNX Runtime tells its maker about this device, in words.
    """

    device: Device
    power: PowerState
    versions: dict[str, str | None]
    telemetry: str
    bundle: BundleState
    caches: dict[str, CacheState]
    backends: dict[str, BackendState]
    notes: list[str]

    @property
    def healthy(self) -> bool:
        """Whether at least one backend is proven and the bundle is whole."""
        return not self.bundle.faults and any(backend.proven for backend in self.backends.values())

    def to_json(self) -> dict[str, Any]:
        """The tree of `cg3d-doctor --json`."""
        return {"healthy": self.healthy, **asdict(self)}

    def to_table(self) -> str:
        """Lines for people."""
        return "\n".join(map(printable, _lines(self)))


def examine(
    bundle: Bundle, public_key: Path | None, limit_s: float, tell: Callable[[str], object] = lambda _: None
) -> Report:
    """Look at everything; `tell` is called with the name of each backend before it is proven."""
    device = read_device()
    versions = read_versions(device.gpus)
    backends = {}
    for wanted, name in BACKENDS.items():
        tell(name)
        proofs = prove_backend(bundle, wanted, limit_s)
        proven = is_proven(proofs)
        backends[name] = BackendState(proven, proofs, None if proven else advise(wanted, device, versions))
    return Report(
        device=device,
        power=read_power(device.gpus),
        versions=versions,
        telemetry=telemetry_state(versions["onnxruntime"] or versions["onnxruntime-gpu"]),
        bundle=inspect_bundle(bundle, public_key),
        caches=inspect_caches(),
        backends=backends,
        notes=conflicts(device, versions),
    )


def _lines(report: Report) -> Iterator[str]:
    yield from section("device", device_facts(report.device))
    yield from section("power", power_facts(report.power))
    yield from section("versions", {name: version or "-" for name, version in report.versions.items()})
    yield f"telemetry of ONNX Runtime: {report.telemetry}"
    yield from section("bundle", _bundle_facts(report.bundle))
    yield from section("caches", {name: _cache_fact(cache) for name, cache in report.caches.items()})
    for name, backend in report.backends.items():
        yield f"{name}: {'proven' if backend.proven else 'NOT proven'}"
        yield from _proof_lines(backend.proofs, backend.advice)
        if backend.advice:
            yield f"  advice: {backend.advice}"
    yield from (f"note: {note}" for note in report.notes)


def section(title: str, facts: Mapping[str, str]) -> Iterator[str]:
    """A title and one indented line a fact."""
    yield title
    width = max(map(len, facts), default=0)
    yield from (f"  {name:<{width}}  {value}" for name, value in facts.items())


def device_facts(device: Device) -> dict[str, str]:
    """What a person wants to know of a device; what is not known is left out."""
    gpus = ", ".join(f"{gpu.name} ({gpu.memory_mb} MiB)" if gpu.memory_mb else gpu.name for gpu in device.gpus)
    jetson = device.jetson
    facts = {
        "board": device.board,
        "system": device.system,
        "cpu": device.cpu and f"{device.cpu}, {device.cores} cores",
        "memory": device.memory_mb and f"{device.memory_mb} MiB",
        "gpu": gpus or ("integrated" if jetson else "none"),
        "jetpack": jetson and f"{jetson.jetpack or 'unknown'} (L4T {jetson.l4t or 'unknown'})",
    }
    return {name: str(value) for name, value in facts.items() if value}


def power_facts(power: PowerState) -> dict[str, str]:
    """Power mode, clocks, temperatures and throttling; what the system does not tell is left out."""
    clocks = {
        f"{name} clock": f"{clock.mhz} of {clock.most_mhz} MHz, {'locked' if clock.locked else clock.governor or 'free'}"
        for name, clock in power.clocks.items()
    }
    heat = ", ".join(f"{name} {degrees:.0f}" for name, degrees in power.temperatures_c.items())
    facts = {"mode": power.mode, **clocks, "degrees C": heat, "throttled by": ", ".join(power.throttled_by)}
    return {name: value for name, value in facts.items() if value} or {"state": "not readable here"}


def _bundle_facts(bundle: BundleState) -> dict[str, str]:
    key = {True: ", proven", False: ", NOT proven", None: ", not checked: name its key with --require-signature"}
    graphs = "; ".join(f"{graph} {', '.join(held)}" for graph, held in bundle.precisions.items())
    return {
        "name": f"{bundle.name}, {_megabytes(bundle.bytes)}",
        "directory": bundle.directory,
        "graphs": graphs,
        "whole": "yes, every file is what the manifest promises"
        if not bundle.faults
        else "NO: " + " ".join(bundle.faults),
        "signature": f"key {bundle.signed_by}{key[bundle.signature_proven]}" if bundle.signed_by else "none",
    }


def _cache_fact(cache: CacheState) -> str:
    return f"{cache.directory}, {cache.files} files, {_megabytes(cache.bytes)}" if cache.directory else "nowhere"


def _proof_lines(proofs: list[Proof], advice: str | None) -> Iterator[str]:
    """One line a graph and precision; one for all where all fail alike, as they do where a library is missing."""
    errors = {proof.error for proof in proofs}
    if len(errors) == 1 and None not in errors:
        error = str(errors.pop())
        yield f"  {_REMEDY.sub('', error) if advice else error}"
        return
    yield f"  {'graph':<8}{'precision':<11}{'cosine':>10}{'max error':>12}{'ms':>9}{'open s':>9}"
    for proof in proofs:
        found, start = proof.figures, f"  {proof.graph:<8}{proof.precision:<11}"
        if found is None:
            yield f"{start}{proof.error}"
        else:
            yield f"{start}{found.cosine:>10.6f}{found.max_error:>12.1e}{found.ms:>9.2f}{found.open_s:>9.2f}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"

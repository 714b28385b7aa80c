"""The model repository of a bundle for NVIDIA Triton: one folder a graph, served by Triton's ONNX Runtime backend, and one
that takes whole scans, see `triton_python`.

    OUT/<bundle>-points/config.pbtxt      what Triton must know, in protobuf's text format
                        1/model.onnx      the graph, byte for byte
                        warmup/           a test vector: requests that Triton runs before it calls the model ready

Source: model_config.proto (https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto) and
the accelerators of https://github.com/triton-inference-server/onnxruntime_backend.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from cg3d_export.bundles.triton_python import NAME, fill_python_model
from cg3d_export.bundles.verify import load_graph
from cg3d_export.bundles.writer import replaced_directory
from cg3d_export.judging.structure import check_structure
from cg3d_runtime.backends.protocol import GRAPH_INPUTS, GRAPH_OUTPUT
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import file_entry
from cg3d_runtime.errors import BundleError

CONFIG_FILE = "config.pbtxt"
INSTANCES = 2  # of the model of whole scans: a process each
QUEUE_DELAY_US = 1000  # how long a request may wait for others to share its batch
TENSORRT_WORKSPACE = 2 << 30  # bytes
_MOST_NAME = 100  # characters of a bundle's name that stay in a folder's
_TYPES = {int(TensorProto.FLOAT): "TYPE_FP32", int(TensorProto.INT32): "TYPE_INT32"}
_DTYPES = {"TYPE_FP32": np.dtype(np.float32), "TYPE_INT32": np.dtype(np.int32)}
# Keeps neighbours in order, as the robot's backend does: TF32 would reorder the nearest ones.
_CUDA = '      { name: "cuda" parameters { key: "use_tf32" value: "0" } }'
# No precision_mode: the graph's own types then hold, and `FP16` there would put half precision where the graph has float32.
_TENSORRT = f"""      {{
        name: "tensorrt"
        parameters {{ key: "max_workspace_size_bytes" value: "{TENSORRT_WORKSPACE}" }}
      }},
"""


@dataclass(frozen=True)
class Tensor:
    """An input or output of a served model."""

    name: str
    kind: str  # in Triton's words, such as TYPE_FP32
    dims: tuple[int, ...]  # without the batch; -1: any


@dataclass(frozen=True)
class Warmup:
    """A request that Triton makes of itself; `arrays` are one sample, which it repeats to fill the batch."""

    name: str
    batch: int
    arrays: dict[str, np.ndarray]

    def file(self, tensor: str) -> str:
        """Name of the file that holds an input, in the folder warmup/."""
        return f"{self.name}.{tensor}"


def write_triton(
    bundle: Bundle,
    out: Path,
    precision: str = "fp16",
    *,
    max_batch: int = 64,
    tensorrt: bool = False,
    instances: int = INSTANCES,
    labels: Path | None = None,
) -> list[str]:
    """Write a Triton model repository with every graph of a bundle, and a model of whole scans; an older one is replaced.

    Args:
        precision: fp32, fp16, int8, or auto: the most exact one in the bundle, graph by graph.
        max_batch: clouds, texts or pictures that Triton may put into one batch, 1 or more.
        tensorrt: let ONNX Runtime hand what it can to TensorRT, which builds engines at start, minutes for large towers.
        instances: processes that answer whole scans.
        labels: file of what they choose from where a request says nothing else; None: everyday names, if the bundle has them.
    Returns:
        The names of the models.
    Raises:
        BundleError: the bundle lacks a graph at `precision` or was altered, or `out` holds what this function did not
            write (a changed configuration included), or cannot be written; nothing is written then.
        LabelError: `labels` is no label file.
    """
    _require_replaceable(out := Path(out).resolve())
    vectors = bundle.test_vectors()
    names = {graph: f"{_model_name(bundle.manifest.name)}-{graph}" for graph in bundle.manifest.graphs}
    with replaced_directory(out, "Triton repository", "--out") as folder:
        for graph, name in names.items():
            held = _precision(bundle, graph, precision)
            content = bundle.graph(graph, held)
            inputs, outputs = _interface(content, graph, held)
            _require_samples(inputs, vectors)
            warmups = _warmups(graph, vectors, max_batch, bundle.manifest.text.context_length)
            config = _config(name, inputs, outputs, warmups, max_batch, tensorrt)
            _write_model(folder / name, content, config, warmups)
        _write_config(folder / NAME, fill_python_model(folder / NAME, bundle, instances, labels))
    return [*names.values(), NAME]


def _precision(bundle: Bundle, graph: str, wanted: str) -> str:
    """Raises: BundleError: the bundle does not hold the graph so; it then says which option helps."""
    try:
        return bundle.precision(graph, wanted)
    except BundleError as error:
        advice = "Export the bundle again." if wanted == "auto" else f"Choose --precision {_one_of(bundle, graph)}."
        raise BundleError(f"{error} {advice}") from error


def _one_of(bundle: Bundle, graph: str) -> str:
    return " or ".join([*sorted(bundle.manifest.graphs[graph]), "auto"])


def _write_model(folder: Path, content: bytes, config: str, warmups: list[Warmup]) -> None:
    for part in ("1", "warmup"):
        (folder / part).mkdir(parents=True)
    (folder / "1" / "model.onnx").write_bytes(content)
    for warmup in warmups:
        for name, array in warmup.arrays.items():
            little_endian = array.astype(array.dtype.newbyteorder("<"))
            (folder / "warmup" / warmup.file(name)).write_bytes(little_endian.tobytes())
    _write_config(folder, config)


def _write_config(folder: Path, config: str) -> None:
    """Write the configuration of a model, of which all else is there."""
    (folder / CONFIG_FILE).write_text(f"{_stamp(folder, config)}\n{config}", encoding="utf-8")


def _stamp(folder: Path, config: str) -> str:
    """The first line of a configuration, from which any change of the folder shows."""
    digest = hashlib.sha256(config.encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / CONFIG_FILE:
            digest.update(f"{path.relative_to(folder)} {file_entry(path).sha256}".encode())
    return f"# Written by `cg3d export --triton`. SHA-256 of all else in this folder: {digest.hexdigest()}"


def _require_replaceable(out: Path) -> None:
    """Raises: BundleError: `out` holds anything but models that `write_triton` wrote and nobody changed."""
    if not out.exists():
        return
    foreign = [path.name for path in out.iterdir() if not _is_own(path)] if out.is_dir() else [out.name]
    if foreign:
        raise BundleError(
            f"{out} exists and holds what `cg3d triton` did not write, or was changed since ({foreign[0]}), so it is "
            "not replaced. Choose another --out, or move it away."
        )


def _is_own(folder: Path) -> bool:
    """Whether a folder is a model as `write_triton` left it."""
    path = folder / CONFIG_FILE
    if folder.is_symlink() or not path.is_file():
        return False
    head, _, config = path.read_text(encoding="utf-8", errors="replace").partition("\n")
    return head == _stamp(folder, config)


def _model_name(bundle_name: str) -> str:
    """A bundle's name as part of a folder's and a URL's."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", bundle_name)[:_MOST_NAME].strip(".-") or "cg3d"


def _interface(content: bytes, graph: str, precision: str) -> tuple[list[Tensor], list[Tensor]]:
    """Inputs and outputs of a graph, as it declares them; their names, which go into the configuration, are the known ones."""
    model = load_graph(content)
    check_structure(model, precision)
    for verb, values, known in (
        ("takes", model.graph.input, GRAPH_INPUTS[graph]),
        ("gives", model.graph.output, (GRAPH_OUTPUT,)),
    ):
        if (found := tuple(value.name for value in values)) != known:
            raise BundleError(f"the {graph} graph {verb} {found}, {known} is expected. Export the bundle again.")
    return [_tensor(value) for value in model.graph.input], [_tensor(value) for value in model.graph.output]


def _tensor(value: onnx.ValueInfoProto) -> Tensor:
    kind = value.type.tensor_type
    dims = [-1 if dim.dim_param else dim.dim_value for dim in kind.shape.dim]
    return Tensor(value.name, _TYPES[kind.elem_type], tuple(dims[1:]))


def _require_samples(inputs: list[Tensor], vectors: Mapping[str, np.ndarray]) -> None:
    """Raises: BundleError: the test vectors lack an input, or hold something else under its name."""
    if missing := [tensor.name for tensor in inputs if tensor.name not in vectors]:
        raise BundleError(f"the bundle's test vectors lack {', '.join(missing)}. Export the bundle again.")
    for tensor in inputs:
        array = vectors[tensor.name]
        shape = (-1, *tensor.dims)
        fits = array.ndim == len(shape) and all(
            want in (-1, size) for want, size in zip(shape, array.shape, strict=True)
        )
        if not fits or not array.size or array.dtype != _DTYPES[tensor.kind]:
            raise BundleError(
                f"the bundle's test vectors hold {array.dtype} {array.shape} as {tensor.name}, which the graph does not take. "
                "Export the bundle again."
            )


def _warmups(graph: str, vectors: Mapping[str, np.ndarray], max_batch: int, context_length: int) -> list[Warmup]:
    """The smallest and the largest request: engines and memory for all between are then ready before the first user."""
    sample = {name: vectors[name][0] for name in GRAPH_INPUTS[graph]}
    lengths = {}
    if graph == "text":
        lengths = {"smallest": min(max(int(sample["eot"]), 0) + 1, context_length), "largest": context_length}
    samples = {name: _with_length(sample, lengths.get(name)) for name in ("smallest", "largest")}
    return [Warmup("smallest", 1, samples["smallest"]), Warmup("largest", max_batch, samples["largest"])]


def _with_length(sample: dict[str, np.ndarray], length: int | None) -> dict[str, np.ndarray]:
    """A text of so many tokens: what follows the end token changes nothing. None: leave the sample alone."""
    if length is None:
        return sample
    tokens = np.zeros(length, sample["token_ids"].dtype)
    kept = sample["token_ids"][:length]
    tokens[: len(kept)] = kept
    return {**sample, "token_ids": tokens}


def _config(
    name: str, inputs: list[Tensor], outputs: list[Tensor], warmups: list[Warmup], max_batch: int, tensorrt: bool
) -> str:
    """The text of config.pbtxt."""
    return f"""# Start the server with ORT_DISABLE_TELEMETRY=1: ONNX Runtime 1.29 and later call home without it.
name: "{name}"
backend: "onnxruntime"
max_batch_size: {max_batch}
input [
{_listed([_tensor_text(tensor) for tensor in inputs])}
]
output [
{_listed([_tensor_text(tensor) for tensor in outputs])}
]
# Requests that arrive together run together.
dynamic_batching {{ max_queue_delay_microseconds: {QUEUE_DELAY_US} }}
# On every GPU, or on the CPU where there is none.
instance_group [ {{ count: 1 kind: KIND_AUTO }} ]
optimization {{
  execution_accelerators {{
    gpu_execution_accelerator [
{_TENSORRT if tensorrt else ""}{_CUDA}
    ]
  }}
}}
model_warmup [
{_listed([_warmup_text(warmup, inputs) for warmup in warmups])}
]
"""


def _tensor_text(tensor: Tensor) -> str:
    # Triton knows no tensor without dimensions beside the batch: it takes (B, 1) from the client and gives the graph (B,).
    dims = f"dims: {_numbers(tensor.dims)}" if tensor.dims else "dims: [ 1 ] reshape { shape: [ ] }"
    return f'  {{ name: "{tensor.name}" data_type: {tensor.kind} {dims} }}'


def _warmup_text(warmup: Warmup, inputs: list[Tensor]) -> str:
    entries = "\n".join(_warmup_input(warmup, tensor) for tensor in inputs)
    return f'  {{\n    name: "{warmup.name}"\n    batch_size: {warmup.batch}\n{entries}\n  }}'


def _warmup_input(warmup: Warmup, tensor: Tensor) -> str:
    dims = _numbers(warmup.arrays[tensor.name].shape or (1,))
    data = f'data_type: {tensor.kind} dims: {dims} input_data_file: "{warmup.file(tensor.name)}"'
    return f'    inputs {{ key: "{tensor.name}" value {{ {data} }} }}'


def _numbers(values: tuple[int, ...]) -> str:
    return f"[ {', '.join(map(str, values))} ]"


def _listed(entries: list[str]) -> str:
    return ",\n".join(entries)

"""The point encoder of a bundle, read back from its FP32 graph, so that learning can start where no run is at hand.

An export folds every batch normalisation into the convolution before it. Here each gets a normalisation again, with the
statistics that its input has on built-in objects: the encoder computes what the graph computes, and in training mode, where
the statistics are those of the batch, still about the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cg3d.config_tree import from_tree
from cg3d.data.augment.points import Augmentation
from cg3d.data.batches.batches import augmented_points
from cg3d.data.batches.fast_sampling import fast_farthest_point_sample
from cg3d.data.built_in import parametric_objects
from cg3d.models.cg3d import unit_rows
from cg3d.models.encoders.point_encoder import EncoderConfig, build_point_encoder, recorded_encoder
from cg3d.models.encoders.pointwise import fold_batch_norms, running_statistics
from cg3d.models.weight_files import require_finite
from cg3d.objects import CATEGORIES
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import Manifest
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.preparation.prepare import PrepareSpec
from cg3d_runtime.scans.cloud import PointCloud

TOLERANCE = 1e-5  # of one number of the unit features, on the bundle's test vectors
KINDS, SURFACE_POINTS = 40, 4096  # of the built-in objects that statistics are taken from
_PREFIX = "encoder."  # before the names of the weights in the graph


def encoder_config(manifest: Manifest) -> EncoderConfig:
    """Shape and input of a bundle's point encoder, from its provenance.

    Raises:
        CheckpointError: the provenance does not tell, or tells another input than the bundle prepares.
    """
    try:
        config = from_tree(EncoderConfig, recorded_encoder(manifest.provenance["model"]["encoder"]))
    except (KeyError, TypeError, AttributeError, CheckpointError) as error:
        raise _unreadable(manifest, "its manifest does not tell which one it is") from error
    if config.spec != manifest.prepare:
        raise _unreadable(manifest, "its manifest tells another input than it prepares")
    return config


def read_encoder(bundle: Bundle) -> nn.Module:
    """The encoder with the bundle's weights, in evaluation mode on the CPU: (B, N, C) prepared points -> (B, D).

    Raises:
        CheckpointError: no FP32 points graph, weights that cannot be told apart or are not finite, or features that are not
            those of the bundle's test vectors.
        BundleError: a file of the bundle is altered or missing.
    """
    manifest = bundle.manifest
    config = encoder_config(manifest)
    if "fp32" not in manifest.graphs.get("points", {}):
        raise _unreadable(manifest, "it has no fp32 points graph")
    named, unnamed = _constants(bundle)
    if np.size(named.get(f"{_PREFIX}projection.bias", ())) != manifest.embedding_dim:  # before memory is taken for it
        raise _unreadable(manifest, f"it has no projection to {manifest.embedding_dim} numbers")
    encoder = build_point_encoder(config, manifest.embedding_dim).eval()
    folded = fold_batch_norms(encoder)
    try:
        weights = _weights_of(folded, config.spec, named, unnamed)
    except LookupError as error:
        raise _unreadable(manifest, f"no weights for {error.args[0]} are told apart in it") from error
    require_finite(weights, f"the points graph of {bundle.directory}")
    folded.load_state_dict(weights)
    _unfold(folded, encoder)
    _measure_statistics(encoder, _typical_clouds(config.spec))
    _prove(encoder, bundle)
    return encoder


def _unreadable(manifest: Manifest, why: str) -> CheckpointError:
    return CheckpointError(
        f"the bundle {manifest.name!r}: its point encoder cannot be read back, for {why}. Name the run that it was exported "
        "from."
    )


def _weights_of(
    folded: nn.Module, spec: PrepareSpec, named: dict[str, np.ndarray], unnamed: list[np.ndarray]
) -> dict[str, Tensor]:
    """The folded encoder's weights: by name, else those of their shape in the order in which they are used.

    Raises:
        LookupError: of the name that there is none for.
    """
    weights: dict[str, Tensor] = {}
    for name, parameter in _in_order_of_use(folded, spec):
        shape = parameter.squeeze().shape
        held = named.get(_PREFIX + name)
        if held is None:
            held = next((array for array in unnamed if array.squeeze().shape == shape), None)
            unnamed = [array for array in unnamed if array is not held]
        if held is None or held.size != parameter.numel():
            raise LookupError(name)
        weights[name] = torch.from_numpy(held.copy()).reshape(parameter.shape)
    return weights


def _constants(bundle: Bundle) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Float constants by the names that the encoder gave them; the others in order of their use, each value once."""
    try:
        graph = onnx.load_from_string(bundle.graph("points", "fp32")).graph
        all_arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    except (DecodeError, TypeError, ValueError) as error:
        raise _unreadable(bundle.manifest, "its points graph is no ONNX model") from error
    arrays = {name: array for name, array in all_arrays.items() if array.dtype == np.float32}
    named = {name: array for name, array in arrays.items() if name.startswith(_PREFIX)}
    unnamed: list[np.ndarray] = []
    for node in graph.node:
        for index, name in enumerate(node.input):
            array = arrays.get(name)
            if array is None or name in named:
                continue
            array = array.T if _is_transposed(node, index) else array
            if not any(np.array_equal(array, other) for other in unnamed):
                unnamed.append(array)
    return named, unnamed


def _is_transposed(node: onnx.NodeProto, index: int) -> bool:
    """Whether a constant is a weight (outputs, inputs) turned round."""
    if node.op_type == "Gemm":
        return index == 1 and not any(a.name == "transB" and a.i for a in node.attribute)
    return node.op_type == "MatMul" and index == 1


class _Uses(TorchFunctionMode):
    """Notes in which order parameters take part in a computation."""

    def __init__(self) -> None:
        super().__init__()
        self.order: dict[int, None] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, (Tensor, tuple)) and not isinstance(result, torch.Size):  # its values, not its shape
            self.order |= dict.fromkeys(id(part) for part in args if isinstance(part, nn.Parameter))
        return result


def _in_order_of_use(encoder: nn.Module, spec: PrepareSpec) -> Iterator[tuple[str, nn.Parameter]]:
    """All parameters by name; those that take no part come last."""
    uses = _Uses()
    with torch.no_grad(), uses:
        encoder(torch.randn(1, spec.points, spec.channels, generator=torch.Generator().manual_seed(0)))
    parameters = {id(parameter): (name, parameter) for name, parameter in encoder.named_parameters()}
    yield from (parameters[key] for key in {**uses.order, **dict.fromkeys(parameters)} if key in parameters)


@torch.no_grad()
def _unfold(folded: nn.Module, encoder: nn.Module) -> None:
    """Put folded weights into an encoder; a normalisation adds what was the bias of its convolution, and changes no more."""
    for norm in encoder.modules():
        if isinstance(norm, nn.BatchNorm1d):
            running = running_statistics(norm)
            running.mean.zero_()
            running.variance.fill_(1 - norm.eps)
            norm.weight.fill_(1)
    state, norms = encoder.state_dict(), _norms_after_convolutions(encoder)
    for name, value in folded.state_dict().items():
        layer, _, kind = name.rpartition(".")
        if kind == "bias" and layer in norms:
            norms[layer].bias.copy_(value)
            if name in state:
                state[name].zero_()
        else:
            state[name].copy_(value)


def _norms_after_convolutions(encoder: nn.Module) -> dict[str, nn.BatchNorm1d]:
    """Each batch normalisation by the name of the convolution before it."""
    return {
        f"{name}.{index - 1}": layer
        for name, net in encoder.named_modules()
        if isinstance(net, nn.Sequential)
        for index, layer in enumerate(net)
        if isinstance(layer, nn.BatchNorm1d)
    }


def _typical_clouds(spec: PrepareSpec) -> Tensor:
    """(M, N, C): built-in objects of KINDS kinds, changed as in training."""
    clouds = []
    for number, source in enumerate(parametric_objects(1, categories=list(CATEGORIES)[:: len(CATEGORIES) // KINDS])):
        rng = np.random.default_rng(number)
        surface = source.surface(SURFACE_POINTS, rng)
        cloud = PointCloud(surface.xyz, surface.rgb, up="y")
        clouds.append(augmented_points(cloud, Augmentation(), spec, rng, fast_farthest_point_sample))
    return torch.from_numpy(np.stack(clouds))


@torch.no_grad()
def _measure_statistics(encoder: nn.Module, clouds: Tensor) -> None:
    """Give each normalisation the statistics of its input; its weight and bias change so that its output stays."""
    for norm, (mean, variance) in _input_statistics(encoder, clouds).items():
        running = running_statistics(norm)
        running.mean.copy_(mean)
        running.variance.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)


def _input_statistics(encoder: nn.Module, clouds: Tensor) -> dict[nn.BatchNorm1d, tuple[Tensor, Tensor]]:
    """Mean and variance over everything but the channels, of what each batch normalisation is given."""
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm1d)]
    sums: dict[nn.Module, Tensor] = {}

    def add(norm: nn.Module, inputs: tuple[Tensor], _: Tensor) -> None:
        rows = inputs[0].double()
        part = torch.stack([torch.full_like(rows[0], len(rows)), rows.sum(0), rows.square().sum(0)])
        sums[norm] = sums.get(norm, torch.zeros_like(part)) + part

    hooks = [norm.register_forward_hook(add) for norm in norms]
    for part in clouds.split(8):
        encoder(part)
    for hook in hooks:
        hook.remove()
    means = {norm: (sums[norm][1] / sums[norm][0], sums[norm][2] / sums[norm][0]) for norm in norms if norm in sums}
    return {norm: (mean, (square - mean.square()).clamp_min(0)) for norm, (mean, square) in means.items()}


@torch.no_grad()
def _prove(encoder: nn.Module, bundle: Bundle) -> None:
    """Raises: CheckpointError: other features than the test vectors hold."""
    try:
        vectors = bundle.test_vectors()
        found = unit_rows(encoder(torch.from_numpy(vectors["points"]))).numpy()
        error = float(np.abs(found - vectors["points_features"]).max())
    except (LookupError, TypeError, ValueError, RuntimeError) as reason:
        raise _unreadable(bundle.manifest, "its test vectors do not fit it") from reason
    if not error <= TOLERANCE:
        raise _unreadable(bundle.manifest, f"what was read differs from its test vectors by {error:.1e}")

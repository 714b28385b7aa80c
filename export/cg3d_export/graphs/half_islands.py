"""Wider FP32 islands where half precision fails: the first node that goes wrong is found, and what spoils it is widened.

The traced FP16 graph is run node by node beside its float32 form. A node whose own result is wrong in half precision (it
overflows, it vanishes) is computed in float32 from there on. Where nothing is wrong by itself and the sum of all roundings
still is (a small difference of large numbers), the nodes before the first one that left the tolerance are widened, ever
further back. On a CPU torch computes each product of half-precision numbers as a GPU does: summed in float32, then rounded.
"""

from __future__ import annotations

import logging
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_aggregate

from cg3d_runtime.errors import BundleError

log = logging.getLogger(__name__)

ROUNDS = 12  # of widening further back, which reaches twice as far each time
REACH = 2  # nodes back from the first wrong one, at first


@dataclass(frozen=True)
class Islands:
    """The nodes that had to leave half precision.

    Attributes:
        first: the node whose output was the first to leave the tolerance, and the module it is in.
        widened: all nodes that compute in float32 because of it.
    """

    first: str
    widened: tuple[str, ...]


def widen_islands(
    half: fx.GraphModule, weights: Mapping[str, Tensor], inputs: tuple[Tensor, ...], cosine: float
) -> tuple[fx.GraphModule, Islands]:
    """Compute as little of a graph in float32 as brings it back into the tolerance.

    Args:
        half: a traced FP16 graph, see `cg3d_export.graphs.convert.trace`; it is changed.
        weights: the float32 ones by the same names.
        inputs: of the graph, a few samples.
        cosine: the least one between a node's output and what float32 gives; it limits relative errors by the arc's chord.
    Raises:
        BundleError: float32 everywhere would not be enough, naming the first node that goes wrong.
    """
    limit = (2 * (1 - cosine)) ** 0.5
    widened: set[fx.Node] = set()
    first, reach = None, REACH
    for _ in range(ROUNDS):
        run = _SideBySide(half, weights, widened, limit)
        run.run(*inputs)
        first = first or next(iter(run.wrong), None)
        if run.diverged is None:
            nodes = run.widened | dict.fromkeys(_weights_of(run.widened, weights))
            _rewrite(half, nodes, weights)
            return half, Islands(_described(first), tuple(map(_described, nodes)))
        log.info("half precision fails at %s", _described(run.diverged))
        widened |= set(_before(run.diverged, reach))
        reach *= 2
    raise BundleError(f"half precision fails at {_described(first)}, and wider FP32 islands do not help.")


@dataclass(frozen=True)
class _Value:
    """A node's output in three forms; the same object thrice where it is no floating-point tensor."""

    half: Any  # as typed in the graph; where the node is widened, its result rounded to that
    current: Any  # the same, in float32 where the node is widened
    wide: Any  # as if the whole graph were float32


class _SideBySide(fx.Interpreter):
    """One run. `wrong`: nodes whose output is wrong, in order; `diverged`: the first of them that widening it does not heal."""

    def __init__(
        self, module: fx.GraphModule, weights: Mapping[str, Tensor], forced: set[fx.Node], limit: float
    ) -> None:
        super().__init__(module)
        self._weights, self._forced, self._limit = weights, forced, limit
        self.widened: dict[fx.Node, None] = {}
        self.wrong: list[fx.Node] = []
        self.diverged: fx.Node | None = None

    def run_node(self, n: fx.Node) -> Any:
        if n.op == "call_module":  # guards on the inputs' shapes
            return None
        if n.op == "output":
            return super().run_node(n)
        half, exact, wide = self._outputs(n)
        current = half
        if self._must_widen(n, half, exact):
            half, current = _rounded(exact, half), exact
        if n in self.widened or _error(current, wide) > self._limit:
            self.wrong.append(n)
        if self.diverged is None and _error(current, wide) > self._limit:
            self.diverged = n
        return _Value(half, current, wide)

    def _outputs(self, n: fx.Node) -> tuple[Any, Any, Any]:
        """As typed, in float32 from the same inputs, and in float32 from the start."""
        if n.op == "placeholder":
            value = super().run_node(n)
            return value, value, value
        if n.op == "get_attr":
            name = str(n.target)
            half = self.fetch_attr(name)
            exact = self._weights.get(name, half)
            return half, exact, exact
        operation, (args, kwargs) = n.target, self.fetch_args_kwargs_from_env(n)
        if not callable(operation):
            raise TypeError(f"node {n} is no call of an operation; torch.export makes no other ones")

        def call(form: Callable[[Any], Any]) -> Any:
            return operation(*map_aggregate(args, form), **map_aggregate(kwargs, form))

        return call(_as_typed), call(_in_float32), call(_from_the_start)

    def _must_widen(self, n: fx.Node, half: Any, exact: Any) -> bool:
        if n.op == "get_attr" and n.target not in self._weights:  # a constant of the code
            return False
        source = n.args[0] if n.target is operator.getitem else None  # a part is what its whole is
        wrong = source in self.widened if source else n in self._forced or _error(half, exact) > self._limit
        if wrong and any(tensor.is_floating_point() for tensor in _tensors(half)):
            self.widened[n] = None
        return n in self.widened


def _as_typed(value: Any) -> Any:
    return value.half if isinstance(value, _Value) else value


def _in_float32(value: Any) -> Any:
    return _widened(value.current) if isinstance(value, _Value) else _single(value)


def _from_the_start(value: Any) -> Any:
    return _widened(value.wide) if isinstance(value, _Value) else _single(value)


def _widened(value: Any) -> Any:
    return map_aggregate(value, lambda x: x.float() if isinstance(x, Tensor) and x.dtype == torch.float16 else x)


def _single(value: Any) -> Any:
    """A conversion to half precision becomes one to float32."""
    return torch.float32 if value is torch.float16 else value


def _rounded(value: Any, typed: Any) -> Any:
    """Inputs of a node that is not widened itself: the values in the types of the traced graph."""
    if isinstance(value, Tensor):
        return value.to(typed.dtype)
    return type(value)(map(_rounded, value, typed)) if isinstance(value, (tuple, list)) else value


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _tensors(part)


def _error(found: Any, expected: Any) -> float:
    """The largest relative error of the tensors inside, in the Euclidean norm; infinite where a number is not finite."""
    pairs = zip(_tensors(found), _tensors(expected), strict=True)
    errors = [_relative_error(a.double(), b.double()) for a, b in pairs if a.is_floating_point() and a.numel()]
    return max(errors, default=0.0)


def _relative_error(found: Tensor, expected: Tensor) -> float:
    error = float((found - expected).norm() / expected.norm().clamp_min(torch.finfo(torch.float64).tiny))
    return error if error == error else float("inf")


def _before(node: fx.Node, reach: int) -> Iterator[fx.Node]:
    """The node and what it is made from, up to `reach` steps back."""
    nodes = {node: None}
    for _ in range(reach):
        nodes |= {source: None for found in list(nodes) for source in found.all_input_nodes}
    return iter(nodes)


def _weights_of(widened: Mapping[fx.Node, None], weights: Mapping[str, Tensor]) -> Iterator[fx.Node]:
    """The weights that widened nodes alone read: rounded ones would only be turned back into float32."""
    sources = {source: None for node in widened for source in node.all_input_nodes if source.op == "get_attr"}
    return (node for node in sources if node.target in weights and widened.keys() >= node.users.keys())


def _rewrite(graph_module: fx.GraphModule, widened: Mapping[fx.Node, None], weights: Mapping[str, Tensor]) -> None:
    """Write the changes of precision into the graph: casts at the edges of the widened nodes, float32 weights."""
    graph = graph_module.graph
    for node in list(graph.nodes):
        if node.op == "get_attr" and node in widened:
            _set_weight(graph_module, node.target, weights[node.target])
        if node.op != "call_function" or node.target is operator.getitem:
            continue
        with graph.inserting_before(node):
            for source in node.all_input_nodes:
                if wanted := _cast(source, node, widened):
                    cast = graph.call_function(torch.ops.aten._to_copy.default, (source,), {"dtype": wanted})
                    node.replace_input_with(source, cast)
        if node in widened:
            node.args, node.kwargs = map_aggregate(node.args, _single), map_aggregate(node.kwargs, _single)
    graph.lint()
    graph_module.recompile()


def _cast(source: fx.Node, node: fx.Node, widened: Mapping[fx.Node, None]) -> torch.dtype | None:
    """The type that `node` has to turn the output of `source` into; None where it already fits."""
    if not _is_half(source) or (source in widened) == (node in widened):
        return None
    return torch.float32 if node in widened else torch.float16


def _is_half(node: fx.Node) -> bool:
    """Whether the traced graph had this node's output in half precision."""
    value = node.meta.get("val")
    return isinstance(value, Tensor) and value.dtype == torch.float16


def _set_weight(graph_module: fx.GraphModule, name: str, weight: Tensor) -> None:
    owner, _, attribute = name.rpartition(".")
    setattr(graph_module.get_submodule(owner), attribute, nn.Parameter(weight.detach().float(), requires_grad=False))


def _described(node: fx.Node | None) -> str:
    """Its name, which is also that of its output in the ONNX file, and its module."""
    if node is None:
        return "the features"
    stack = node.meta.get("nn_module_stack")
    path = list(stack.values())[-1][0] if stack else ""
    return f"{node.name} in {path}" if path else node.name

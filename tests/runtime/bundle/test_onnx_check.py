"""A bundle's graphs are plain: no other files, no control flow, nothing brought along, however their bytes are put."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import onnx
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from cg3d_runtime import BackendError, Bundle, BundleError, Recognizer
from cg3d_runtime.bundle import BUNDLE_IN_WHEEL
from cg3d_runtime.bundle.manifest import file_entry
from cg3d_runtime.bundle.onnx_check import require_plain_graph
from cg3d_runtime.bundle.operators import OPERATORS

OUTSIDE = "keeps weights outside its own file"
DAMAGED = "no ONNX model, or cut short"
ONE_OUTPUT = "must give one output, `features`, a tensor of float32"
FEATURES = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["B", 4])


def inner() -> TensorProto:
    return numpy_helper.from_array(np.zeros(4, np.float32), "w")


def external() -> TensorProto:
    """A tensor whose data lies in another file."""
    tensor = inner()
    onnx.external_data_helper.set_external_data(tensor, location="../../etc/passwd")
    tensor.ClearField("raw_data")
    return tensor


def located() -> TensorProto:
    tensor = external()
    tensor.ClearField("external_data")
    return tensor


def described() -> TensorProto:
    tensor = external()
    tensor.ClearField("data_location")
    return tensor


def model_of(*nodes: NodeProto, initializers: tuple[TensorProto, ...] = (), outputs: Any = (FEATURES,)) -> ModelProto:
    graph = helper.make_graph(list(nodes), "g", [], list(outputs), list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def constant(tensor: TensorProto) -> NodeProto:
    return helper.make_node("Constant", [], ["features"], value=tensor)


def in_initializer(tensor: TensorProto) -> ModelProto:
    return model_of(initializers=(inner(), tensor))


def in_constant(tensor: TensorProto) -> ModelProto:
    return model_of(constant(tensor))


def in_list_of_tensors(tensor: TensorProto) -> ModelProto:
    return model_of(helper.make_node("Identity", ["c"], ["y"], many=[inner(), tensor]))


def in_branch_of_branch(tensor: TensorProto) -> ModelProto:
    innermost = helper.make_graph([constant(tensor)], "innermost", [], [])
    branch = helper.make_graph([helper.make_node("If", ["c"], ["y"], then_branch=innermost)], "branch", [], [])
    return model_of(helper.make_node("If", ["c"], ["y"], else_branch=branch))


def in_graph_of_a_known_operator(tensor: TensorProto) -> ModelProto:
    graph = helper.make_graph([], "a", [], [], [tensor])
    return model_of(helper.make_node("Identity", ["c"], ["y"], body=graph))


def in_list_of_graphs(tensor: TensorProto) -> ModelProto:
    graphs = [helper.make_graph([], "a", [], []), helper.make_graph([], "b", [], [], [tensor])]
    return model_of(helper.make_node("Identity", ["c"], ["y"], bodies=graphs))


def in_sparse_initializer(tensor: TensorProto) -> ModelProto:
    model = model_of()
    model.graph.sparse_initializer.add().values.CopyFrom(tensor)
    return model


def in_sparse_attribute(tensor: TensorProto) -> ModelProto:
    model = model_of(helper.make_node("Constant", [], ["features"]))
    attribute = model.graph.node[0].attribute.add(name="s", type=onnx.AttributeProto.SPARSE_TENSOR)
    attribute.sparse_tensor.indices.CopyFrom(tensor)
    return model


def in_function(tensor: TensorProto) -> ModelProto:
    model = model_of()
    model.functions.append(helper.make_function("own", "F", [], ["c"], [constant(tensor)], []))
    return model


def in_training_graph(tensor: TensorProto) -> ModelProto:
    model = model_of()
    model.training_info.add().initialization.initializer.append(tensor)
    return model


PLAIN_PLACES = {in_initializer: OUTSIDE, in_constant: OUTSIDE}
ODD_PLACES = {
    in_list_of_tensors: "a field that is not known here, 10 of Attribute",
    in_branch_of_branch: "holds the operator 'If'; no graph that is exported does",
    in_graph_of_a_known_operator: "graphs of their own, which may loop",
    in_list_of_graphs: "graphs of their own, which may loop",
    in_sparse_initializer: "sparse weights",
    in_sparse_attribute: "a field that is not known here, 22 of Attribute",
    in_function: "functions of its own",
    in_training_graph: "a second one for training",
}


@pytest.mark.parametrize("tensor", [external, located, described])
@pytest.mark.parametrize("place", [*PLAIN_PLACES, *ODD_PLACES])
def test_weights_in_other_files_are_refused_wherever_they_hide(
    place: Callable[[TensorProto], ModelProto], tensor: Callable[[], TensorProto]
) -> None:
    with pytest.raises(ValueError, match=(PLAIN_PLACES | ODD_PLACES)[place]):
        require_plain_graph(place(tensor()).SerializeToString())


@pytest.mark.parametrize("place", PLAIN_PLACES)
def test_weights_in_the_file_are_taken(place: Callable[[TensorProto], ModelProto]) -> None:
    require_plain_graph(place(inner()).SerializeToString())


@pytest.mark.parametrize("place", ODD_PLACES)
def test_places_that_no_exported_graph_has_are_refused(place: Callable[[TensorProto], ModelProto]) -> None:
    with pytest.raises(ValueError, match=ODD_PLACES[place]):
        require_plain_graph(place(inner()).SerializeToString())


@pytest.mark.parametrize("file", sorted(path.name for path in BUNDLE_IN_WHEEL.glob("*.onnx")))
def test_the_shipped_graphs_are_plain(file: str) -> None:
    require_plain_graph((BUNDLE_IN_WHEEL / file).read_bytes())


FOREIGN = [
    "Loop",
    "If",
    "Scan",
    "SequenceMap",
    "RandomNormal",
    "RandomUniformLike",
    "Bernoulli",
    "Dropout",
    "Attention",
]


@pytest.mark.parametrize("operator", [*FOREIGN, "StringConcat", "NonZero", "", "relu", "Relu\0", "\x1b[2J"])
def test_operators_outside_the_list_are_refused(operator: str) -> None:
    with pytest.raises(ValueError, match=r"holds the operator '.*'; no graph that is exported does"):
        require_plain_graph(model_of(helper.make_node(operator, ["x"], ["features"])).SerializeToString())


@pytest.mark.parametrize("domain", ["com.microsoft", "own", "ai.onnx.ml", "AI.ONNX"])
def test_operators_of_other_domains_are_refused(domain: str) -> None:
    node = helper.make_node("Relu", ["x"], ["features"], domain=domain)
    with pytest.raises(ValueError, match=f"holds operators of the domain '{domain}'"):
        require_plain_graph(model_of(node).SerializeToString())


def test_no_operator_of_the_list_holds_a_graph_or_is_random() -> None:
    schemas = [onnx.defs.get_schema(name, 20) for name in OPERATORS]
    held = {attribute.type for schema in schemas for attribute in schema.attributes.values()}
    assert not held & {onnx.defs.OpSchema.AttrType.GRAPH, onnx.defs.OpSchema.AttrType.GRAPHS}
    assert all(schema.node_determinism is onnx.defs.OpSchema.NodeDeterminism.Deterministic for schema in schemas)


def value(name: str, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, ["B", 4])


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [value("other")],
        [value("features", TensorProto.STRING)],
        [value("features", TensorProto.FLOAT16)],
        [value("features"), value("features")],
        [value("features"), value("words", TensorProto.STRING)],
        [helper.make_tensor_sequence_value_info("features", TensorProto.FLOAT, None)],
        [value("features"), helper.make_tensor_sequence_value_info("s", TensorProto.FLOAT, None)],
        [helper.make_sparse_tensor_value_info("features", TensorProto.FLOAT, [1])],
        [onnx.ValueInfoProto(name="features")],
        [onnx.ValueInfoProto(name="features", type=onnx.TypeProto(tensor_type=onnx.TypeProto.Tensor()))],
    ],
)
def test_a_graph_gives_features_and_nothing_else(outputs: list[onnx.ValueInfoProto]) -> None:
    with pytest.raises(ValueError, match=ONE_OUTPUT):
        require_plain_graph(model_of(constant(inner()), outputs=outputs).SerializeToString())


def varint(number: int, width: int = 1) -> bytes:
    """A number in base 128, of `width` digits or more: writers take the fewest."""
    digits = [number >> shift & 0x7F for shift in range(0, 7 * max(width, -(-number.bit_length() // 7), 1), 7)]
    return bytes([*(digit | 0x80 for digit in digits[:-1]), digits[-1]])


def field(number: int, content: bytes, tag: int | None = None) -> bytes:
    return varint(number << 3 | 2 if tag is None else tag) + varint(len(content)) + content


EVIL = in_initializer(external()).graph.SerializeToString()
GOOD = in_initializer(inner()).SerializeToString()
DATA_LOCATION = 14 << 3


def with_tensor(content: bytes) -> bytes:
    return GOOD + field(7, field(5, content))


@pytest.mark.parametrize(
    "content",
    [
        *(GOOD + field(7, EVIL, tag=58 | 1 << bit) for bit in range(32, 64)),
        GOOD + field(7, EVIL, tag=58 | 0xFFFFFFFF << 32),
        GOOD + field(7, field(5, b"", tag=42 | 1 << 32)),
        GOOD + varint(58, width=5) + varint(len(EVIL)) + EVIL,
        GOOD + varint(58, width=2) + varint(0),
        GOOD + varint(58) + varint(0, width=2),
        GOOD + varint(58) + varint(0, width=10),
        GOOD + field(7, EVIL),
        field(7, EVIL) + GOOD,
        GOOD + b"\x3b" + EVIL + b"\x3c",  # field 7 as a group
        GOOD + b"\x3c",  # the end of one that never began
        GOOD + b"\x38\x01",  # a graph as a number
        GOOD + b"\x3d\0\0\0\0",
        GOOD + b"\0",
        GOOD + b"\x02\0",  # field 0
        GOOD + b"\x3e",
        GOOD + b"\x3f",
        GOOD + field(27, b""),
        GOOD + field(2**29 - 1, b""),
        GOOD + b"\x08" + varint(2**64),
        GOOD + b"\x08" + b"\xff" * 10 + b"\x01",
        GOOD[:-1],
        with_tensor(varint(DATA_LOCATION) + varint(1)),
        with_tensor(varint(DATA_LOCATION) + varint(1, width=10)),
        with_tensor(varint(DATA_LOCATION) + varint(2**32 + 1)),
        with_tensor(varint(DATA_LOCATION) + varint(2**64 - 1)),
        with_tensor(varint(DATA_LOCATION) + varint(0, width=3)),
        with_tensor(varint(DATA_LOCATION) + varint(1) + varint(DATA_LOCATION) + varint(0)),
        with_tensor(varint(DATA_LOCATION | 2) + varint(1) + b"\x01"),
        with_tensor(varint(DATA_LOCATION | 1 << 32) + varint(1)),
        with_tensor(field(13, b"")),
        with_tensor(varint(13 << 3) + varint(0)),
        b"",
        b"ORTM" + GOOD,
    ],
)
def test_encodings_that_parsers_disagree_about_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=f"{OUTSIDE}|{DAMAGED}|not known here|{ONE_OUTPUT}"):
        require_plain_graph(content)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_model_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"graph|no ONNX model"):
        require_plain_graph(content)


def faults(message: Any) -> Iterator[str]:
    """What is not plain about a message, as `onnx` itself reads it: the slow and obvious way."""
    for descriptor, content in message.ListFields():
        if descriptor.type == descriptor.TYPE_MESSAGE:
            for each in content if descriptor.is_repeated else [content]:
                yield from faults(each)
        name = f"{type(message).__name__}.{descriptor.name}"
        if name in ("TensorProto.external_data", "AttributeProto.g", "AttributeProto.graphs", "ModelProto.functions"):
            yield name
        if name == "TensorProto.data_location" and content:
            yield name
        if name == "NodeProto.op_type" and content not in OPERATORS:
            yield name
        if name == "NodeProto.domain" and content:
            yield name


def odd_number(random: Random, number: int, odds: float) -> bytes:
    if random.random() >= odds:
        return varint(number)
    return varint(number | random.choice((0, 0, 1 << 32, 1 << 35, 1 << 63)), width=random.choice((1, 2, 5, 6, 10)))


def odd_bytes(message: Any, random: Random, odds: float) -> bytes:
    """A message in another order and, with some odds, with fields twice, numbers too long, and tags that some parsers cut."""
    parts = []
    for descriptor, content in message.ListFields():
        for each in content if descriptor.is_repeated else [content]:
            if descriptor.type != descriptor.TYPE_MESSAGE:
                parts.append(alone(message, descriptor, each))
                continue
            inside = odd_bytes(each, random, odds)
            head = odd_number(random, descriptor.number << 3 | 2, odds) + odd_number(random, len(inside), odds)
            parts += [head + inside] * (2 if random.random() < odds else 1)
    random.shuffle(parts)
    return b"".join(parts)


def alone(message: Any, descriptor: Any, content: Any) -> bytes:
    """One value of one field, as its own writer puts it."""
    lone = type(message)(**{descriptor.name: [content] if descriptor.is_repeated else content})
    return bytes(lone.SerializeToString())


@given(st.integers(0, 2**32), st.sampled_from(list(PLAIN_PLACES)))
def test_fields_may_come_in_any_order(seed: int, place: Callable[[TensorProto], ModelProto]) -> None:
    require_plain_graph(odd_bytes(place(inner()), Random(seed), odds=0.0))


ALL = [place(tensor()) for place in PLAIN_PLACES | ODD_PLACES for tensor in (inner, external, located)]


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.sampled_from(ALL), st.sampled_from([0.01, 0.05, 0.2]))
def test_what_is_taken_is_plain_to_protobuf_too(seed: int, model: ModelProto, odds: float) -> None:
    content = odd_bytes(model, Random(seed), odds)
    try:
        require_plain_graph(content)
        read = onnx.load_from_string(content)
    except (ValueError, DecodeError):  # the latter for what holds no tensor, and is not looked into
        return
    assert not list(faults(read))
    assert [(each.name, each.type.tensor_type.elem_type) for each in read.graph.output] == [("features", 1)]


def hide(bundle: Path, content: bytes) -> None:
    """Put a points graph into a bundle, with its hash."""
    path = bundle / "points.fp32.onnx"
    path.write_bytes(content)
    manifest = bundle / "manifest.json"
    tree = json.loads(manifest.read_text())
    tree["graphs"]["points"]["fp32"] = vars(file_entry(path))
    manifest.write_text(json.dumps(tree))


def reading(location: Path) -> bytes:
    """A points graph whose features are the bytes of a file, with the graph in a field that protobuf C++ takes for it."""
    weights = TensorProto(name="w", data_type=TensorProto.UINT8, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, text in (("location", location.name), ("offset", "0"), ("length", "4")):
        weights.external_data.add(key=key, value=text)
    cast = helper.make_node("Cast", ["w"], ["features"], to=TensorProto.FLOAT)
    model = model_of(cast, initializers=(weights,), outputs=[helper.make_tensor_value_info("features", 1, [4])])
    shell = ModelProto()
    shell.CopyFrom(model)
    shell.ClearField("graph")
    return bytes(shell.SerializeToString() + field(7, model.graph.SerializeToString(), tag=58 | 1 << 32))


def test_a_graph_that_onnx_runtime_reads_files_for_is_refused(
    own_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tag is a graph to ONNX Runtime, as the answer shows, and none to a parser that keeps all of its bits."""
    import onnxruntime

    (tmp_path / "secret").write_bytes(b"root")
    monkeypatch.chdir(tmp_path)
    content = reading(tmp_path / "secret")
    (leaked,) = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {})
    assert leaked.astype("u1").tobytes() == b"root"
    hide(own_bundle, content)
    with pytest.raises(
        BundleError, match=r"points.fp32.onnx: no ONNX model, or one with a field that is not known here"
    ) as error:
        Bundle.open(own_bundle).graph("points", "fp32")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("number", [0.0, 0.1, 3e38])
@pytest.mark.filterwarnings("error")
def test_features_of_another_length_are_no_answer(own_bundle: Path, number: float) -> None:
    """Whatever their direction: the scores of such an answer would mean nothing, and look sure."""
    features = numpy_helper.from_array(np.full((1, 16), number, np.float32), "w")
    same = helper.make_node("Identity", ["w"], ["same"])
    added = helper.make_node("Add", ["same", "zero"], ["features"])
    zero = numpy_helper.from_array(np.zeros(1, np.float32), "zero")
    model = model_of(same, added, initializers=(features, zero))
    model.graph.input.append(helper.make_tensor_value_info("points", TensorProto.FLOAT, ["B", "N", 3]))
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 16
    hide(own_bundle, model.SerializeToString())
    with (
        Recognizer.open(["mug", "bowl"], own_bundle, backend="cpu", unknown=False) as recognizer,
        pytest.raises(BackendError, match=r"'features' of length .*, not 1"),
    ):
        recognizer(np.random.default_rng(0).random((300, 3), dtype=np.float32))


def test_a_graph_that_loops_is_refused_before_it_runs(own_bundle: Path) -> None:
    body = helper.make_graph([], "body", [], [])
    loop = helper.make_node("Loop", ["", "true"], ["features"], body=body)
    hide(own_bundle, model_of(loop).SerializeToString())
    with pytest.raises(BundleError, match=r"holds the operator 'Loop'; .*Export it again"):
        Bundle.open(own_bundle).graph("points", "fp32")


def test_a_graph_of_endless_parts_is_not_looked_at_to_its_end() -> None:
    with pytest.raises(ValueError, match="more than 1048576 parts"):
        require_plain_graph(b"\x08\x01" * (1 << 21))


def test_weights_are_not_read() -> None:
    """The check takes no longer for a graph of large weights: what it reads does not grow with them."""
    large = numpy_helper.from_array(np.zeros(1 << 22, np.float32), "w").SerializeToString()
    calls = 0

    class Counting(bytes):
        def __getitem__(self, key: Any) -> Any:
            nonlocal calls
            calls += 1
            return super().__getitem__(key)

    require_plain_graph(Counting(GOOD + field(7, field(5, large))))
    assert calls < 200

"""Every name of TensorRT and cuda-python that our code uses exists in their real bindings, in all supported releases.

What our code uses is worked out from its source: types follow from annotations and from the signatures that the bindings
themselves state.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import cg3d_runtime.backends.tensorrt

pytestmark = pytest.mark.slow

SOURCES = sorted(Path(cg3d_runtime.backends.tensorrt.__file__).parent.glob("*.py"))


@dataclass(frozen=True)
class Type:
    """What an expression is: the module, one of its classes, an instance of one, or a function."""

    kind: str
    name: str = ""
    member: dict[str, Any] | None = None

    @property
    def doc(self) -> str:
        """What the bindings state about calling it."""
        member = self.member or {}
        return str(member["class"]["__init__"]["doc"] if self.kind == "class" else member["doc"])


@dataclass
class Uses(ast.NodeVisitor):
    """Follow the types of one library through a source file; note what it uses and what is not there.

    Attributes:
        variable, loader: how our code calls the module, and the function that imports it.
    """

    members: dict[str, Any]
    variable: str
    loader: str
    used: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    names: dict[str, Type | None] = field(default_factory=dict)

    def check(self, source: str) -> Uses:
        tree = ast.parse(source)
        for node in ast.walk(tree):  # what our own functions return and our objects hold, wherever they stand
            if isinstance(node, ast.FunctionDef) and node.returns:
                returned = self.annotated(node.returns)
                self.names[f"{node.name}()"] = returned
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
                self.names[f"self.{node.target.attr}"] = self.annotated(node.annotation)
        self.visit(tree)
        return self

    def annotated(self, annotation: ast.expr) -> Type | None:
        for node in ast.walk(annotation):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == self.variable:
                kind = self.type_of(node)
                return kind and Type("instance", kind.name, kind.member)
        return None

    def type_of(self, node: ast.AST) -> Type | None:
        """The type of an expression; a name that is not there is noted."""
        if isinstance(node, ast.Name):
            return Type("module") if node.id == self.variable else self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                return self.names.get(f"self.{node.attr}")
            return self.member(self.type_of(node.value), node.attr)
        if isinstance(node, ast.Call):
            return self.called(node)
        return None

    def member(self, owner: Type | None, name: str) -> Type | None:
        if owner is None or owner.kind == "function":
            return None
        members = self.members if owner.kind == "module" else (owner.member or {}).get("class") or {}
        label = f"{owner.name}.{name}".lstrip(".")
        self.used.add(label)
        if name not in members:
            self.missing.append(f"{label} does not exist")
            return None
        found = members[name]
        if found["class"] is not None:
            return Type("class", name, found)
        if found["property"]:
            return self.returned(found["doc"])
        if "(" in found["doc"]:
            return Type("function", label, found)
        return Type("instance", owner.name, owner.member) if owner.kind == "class" else None  # of an enumeration

    def called(self, node: ast.Call) -> Type | None:
        if isinstance(node.func, ast.Name) and node.func.id == self.loader:
            return Type("module")
        if isinstance(node.func, ast.Name) and node.func.id == "cuda_call":
            return self.cuda_called(node)
        function = self.type_of(node.func)
        if function is None:
            return self.names.get(f"{node.func.id}()") if isinstance(node.func, ast.Name) else None
        doc = function.doc
        through_class = isinstance(node.func, ast.Attribute) and self.type_of(node.func.value)
        given = len(node.args) - bool(through_class and through_class.kind == "class" and function.kind == "function")
        self.check_arguments(function.name, doc, given, {str(keyword.arg) for keyword in node.keywords})
        return Type("instance", function.name, function.member) if function.kind == "class" else self.returned(doc)

    def cuda_called(self, node: ast.Call) -> Type | None:
        function = self.type_of(node.args[0])
        if function is None:
            return None
        signature = re.search(r"\((.*)\)", function.doc.splitlines()[0])
        parameters = [part for part in signature[1].split(",") if part.strip()] if signature else []
        if len(parameters) != len(node.args) - 1:
            self.missing.append(f"{function.name} takes {parameters}")
        returned = re.search(r"^\w+ : (?::py:obj:`~\.)?(\w+)", function.doc.partition("Returns\n---")[2], re.M)
        return (
            Type("instance", returned[1], self.members[returned[1]])
            if returned and returned[1] in self.members
            else None
        )

    def check_arguments(self, name: str, doc: str, given: int, keywords: set[str]) -> None:
        """At least one of the stated signatures takes so many arguments and these keywords."""
        for parameters in signatures(doc):
            rest = dict(list(parameters.items())[given:])
            fits = given <= len(parameters) and keywords <= set(rest)
            if fits and all(optional or key in keywords for key, optional in rest.items()):
                return
        self.missing.append(f"{name} does not take {given} arguments and {sorted(keywords)}: {doc[:200]}")

    def returned(self, doc: str) -> Type | None:
        stated = re.search(r"-> ([\w.:]+)", doc)
        name = re.split(r"[.:]", stated[1])[-1] if stated else ""
        name = name if name in self.members else name[1:]  # IParserError was stated before ParserError had its name
        return Type("instance", name, self.members[name]) if name in self.members else None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer = dict(self.names)
        for argument in (*node.args.args, *node.args.kwonlyargs):
            self.names[argument.arg] = self.annotated(argument.annotation) if argument.annotation else None
        self.generic_visit(node)
        self.names = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class of ours that TensorRT calls: its methods are those of its base, with as many parameters."""
        base = self.type_of(node.bases[0]) if node.bases else None
        for method in (part for part in node.body if isinstance(part, ast.FunctionDef) and base):
            if method.name.startswith("_"):
                continue
            expected = self.member(base, method.name)
            if expected and [len(method.args.args) - 1] != [len(each) for each in signatures(expected.doc)]:
                self.missing.append(f"{expected.name} takes other parameters")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        kind = self.type_of(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.names[target.id] = kind
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for name, value in zip(target.elts, node.value.elts, strict=True):
                    if isinstance(name, ast.Name):
                        self.names[name.id] = self.type_of(value)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.type_of(node)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.type_of(node)
        self.generic_visit(node)


def signatures(doc: str) -> Iterator[dict[str, bool]]:
    """The parameters that a docstring of pybind11 states for each overload: name -> whether it has a default."""
    for stated in re.findall(r"^(?:\d+\. )?\w+\((.*)\) -> ", doc, re.M):
        parameters = re.findall(r"(\w+): [^,=]*(= )?", re.sub(r"\[[^\]]*\]|<[^>]*>", "x", stated))
        yield {name: bool(default) for name, default in parameters if name not in ("self", "arg0")}


def tensorrt_uses(members: dict[str, Any], sources: list[str]) -> Uses:
    uses = Uses(members, "trt", "load_tensorrt")
    for source in sources:
        uses.check(source)
    return uses


def test_what_our_code_asks_of_tensorrt_is_there(tensorrt: Any) -> None:
    uses = tensorrt_uses(tensorrt.members, [path.read_text() for path in SOURCES])
    assert uses.missing == []
    followed = {
        "IExecutionContext.execute_async_v3",
        "IBuilderConfig.progress_monitor",
        "ITimingCache.serialize",
        "ParserError.desc",
    }
    followed |= {
        "IOptimizationProfile.set_shape",
        "EngineInspector.get_layer_information",
        "IProgressMonitor.step_complete",
    }
    followed |= {
        "Severity.INTERNAL_ERROR",
        "NetworkDefinitionCreationFlag.STRONGLY_TYPED",
        "ICudaEngine.num_io_tensors",
    }
    assert followed <= uses.used and len(uses.used) > 50, sorted(uses.used)


def test_no_use_escapes_for_want_of_a_type(tensorrt: Any) -> None:
    """Attributes that only TensorRT's objects have are all among those followed."""
    uses = tensorrt_uses(tensorrt.members, [path.read_text() for path in SOURCES])
    seen = {name.split(".")[-1] for name in uses.used}
    owned = {name for kind in tensorrt.members.values() for name in kind["class"] or {} if "_" in name.strip("_")}
    found = {
        node.attr
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert (found & owned) - seen == set()


@pytest.mark.parametrize(
    ("file", "right", "wrong", "message"),
    [
        ("backend.py", "execute_async_v3", "execute_async_v9", "IExecutionContext.execute_async_v9 does not exist"),
        ("builder.py", "BuilderFlag.TF32", "BuilderFlag.FP17", "BuilderFlag.FP17 does not exist"),
        ("builder.py", "min=shapes.min", "least=shapes.min", "IOptimizationProfile.set_shape does not take"),
        ("builder.py", "config.progress_monitor", "config.progress", "IBuilderConfig.progress does not exist"),
        ("builder.py", ".desc()", ".text()", "ParserError.text does not exist"),
        ("builder.py", "parser.parse(model)", "parser.parse()", "OnnxParser.parse does not take 0"),
        ("progress.py", "phase_name: str, step: int", "phase_name: str", "step_complete takes other parameters"),
        ("backend.py", "engine_host_code_allowed", "host_code_allowed", "Runtime.host_code_allowed does not exist"),
    ],
)
def test_a_wrong_use_is_found(tensorrt: Any, file: str, right: str, wrong: str, message: str) -> None:
    source = next(path for path in SOURCES if path.name == file).read_text()
    assert right in source
    assert any(message in each for each in tensorrt_uses(tensorrt.members, [source.replace(right, wrong)]).missing)


def test_the_real_bindings_take_our_objects_and_a_dead_library_is_told(tensorrt: Any) -> None:
    code = """
import sys, tensorrt_bindings
sys.modules["tensorrt"] = tensorrt_bindings
from cg3d_runtime.errors import BackendError
from cg3d_runtime.backends.tensorrt import library, progress
from cg3d_runtime.backends.tensorrt.backend import _load
trt, logger, monitor = library.load_tensorrt(), library.tensorrt_logger(), progress.progress_monitor("points")
logger.log(trt.ILogger.Severity.ERROR, "first\\nmore"); logger.log(trt.ILogger.Severity.INFO, "no error")
assert library.last_error("none") == "first" and library.last_error("none") == "none"
monitor.phase_start("build", None, 4)
assert isinstance(monitor, trt.IProgressMonitor) and monitor.step_complete("build", 0) is True
monitor.phase_finish("build")
assert 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED) == 2 or trt.__version__ >= "11"
try: _load(b"plan")
except BackendError as error: print(error)
"""
    said = tensorrt.run(code)
    assert re.match(r"TensorRT 1\d\.\S+ does not start: .*nullptr", said)


def test_what_our_code_asks_of_cuda_is_there(cuda: Any) -> None:
    uses = Uses(cuda.members, "cuda", "load_cuda")
    for path in SOURCES:
        uses.check(path.read_text())
    assert uses.missing == []
    followed = {
        "cudaMemcpyAsync",
        "cudaMallocHost",
        "cudaStreamSynchronize",
        "cudaError_t.cudaSuccess",
        "cudaDeviceProp.major",
        "cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal",
        "cudaStreamBeginCapture",
        "cudaStreamEndCapture",
        "cudaGraphInstantiate",
        "cudaGraphLaunch",
        "cudaGraphExecDestroy",
    }
    assert followed | {"cudaMemcpyKind.cudaMemcpyDeviceToHost"} <= uses.used and len(uses.used) >= 24, sorted(uses.used)
    code = "cuda_call(cuda.cudaMalloc, 1, 2); cuda.cudaMallocManaged2; cuda_call(cuda.cudaGraphInstantiate, 1, None, 0)"
    wrong = Uses(cuda.members, "cuda", "load_cuda").check(code)
    assert [message.split()[0] for message in wrong.missing] == [
        "cudaMalloc",
        "cudaMallocManaged2",
        "cudaGraphInstantiate",
    ]


def test_the_real_cuda_python_takes_our_arguments_and_gives_a_reason(cuda: Any) -> None:
    """With every GPU hidden each call fails for want of one: an argument it cannot take would be a TypeError."""
    code = """
from cg3d_runtime.errors import BackendError
from cg3d_runtime.backends.tensorrt.device import Gpu, cuda_call, free_memory
from cg3d_runtime.backends.tensorrt.library import load_cuda
cuda = load_cuda()
thread_local = cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
graph, executable = cuda.cudaGraph_t(), cuda.cudaGraphExec_t()
copy = lambda kind: cuda_call(cuda.cudaMemcpyAsync, 4096, 8192, 0, kind, 1)
for call in (Gpu.find, free_memory, lambda: copy(cuda.cudaMemcpyKind.cudaMemcpyHostToDevice),
             lambda: copy(cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost), lambda: cuda_call(cuda.cudaMalloc, 8),
             lambda: cuda_call(cuda.cudaMallocHost, 8), lambda: cuda_call(cuda.cudaSetDevice, 0),
             lambda: cuda_call(cuda.cudaStreamCreate), lambda: cuda_call(cuda.cudaStreamSynchronize, 1),
             lambda: cuda_call(cuda.cudaStreamBeginCapture, 1, thread_local),
             lambda: cuda_call(cuda.cudaStreamEndCapture, 1), lambda: cuda_call(cuda.cudaGraphInstantiate, graph, 0),
             lambda: cuda_call(cuda.cudaGraphLaunch, executable, 1), lambda: cuda_call(cuda.cudaGraphDestroy, graph),
             lambda: cuda_call(cuda.cudaGraphExecDestroy, executable)):
    try: call()
    except BackendError as error: print(error)
"""
    said = cuda.run(code).splitlines()
    assert len(said) == 15
    assert all(re.match(r"cuda\w+: .*cg3d-infer --backend cpu runs without a GPU\.$", line) for line in said), said

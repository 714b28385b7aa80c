"""The documentation, held to the repository: paths, links, module names, Python lines, commands and their options."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

REPOSITORY = Path(__file__).resolve().parents[1]
ROOMS = (
    *("benchmarks", "calibration", "cg3d", "docs", "examples", "export"),
    *("fuzzing", "gpu_check", "recipes", "ros2", "runtime", "scripts", "supply_chain", "tests"),
)
PAGES = sorted(
    [
        *(REPOSITORY / "docs").glob("*.md"),
        *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        *(REPOSITORY / name for name in ("runtime/README.md", "examples/cpp/README.md", "ros2/cg3d_ros/README.md")),
    ]
)
ROOTS = ("cg3d", "calibration/cg3d_calibration", "export/cg3d_export", "runtime/cg3d_runtime")
BELOW_ROOTS = sorted(init.parent for root in ROOTS for init in (REPOSITORY / root).glob("*/**/__init__.py"))
PRESENT = [page for page in PAGES if page.name != "CHANGELOG.md"]  # which also names what was

_PATH = re.compile(rf"(?<![\w./:~-])(?:{'|'.join(ROOMS)})/[\w./-]*")
_MODULE_FILE = re.compile(r"(?<![\w.-])[\w/-]*\w\.py\b")
_MODULE = re.compile(r"(?<![\w./-])cg3d(?:_runtime|_export|_calibration)?(?:\.[A-Za-z_]\w*)+")
_LINK = re.compile(r"\]\(\s*(?!https?:)([^)#\s]*)(?:#([^)]*))?\)")
_FENCED = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(
    r"(?:^ {4}|`)(cg3d(?:-infer|-detect|-serve|-search|-doctor|-bench)?(?: [^`\n]*)?)(?:`|$)", re.MULTILINE
)
_COMPLETION = ("--install-completion", "--show-completion")  # which typer adds where they are asked for
_OF_OTHERS = {
    *("--loadEngine", "--python-version", "--shm-size", "--strict", "--system-site-packages"),
    *("--from-paths", "--ignore-src", "--ros-args"),
}
_OF_SCRIPTS = {"--rows", "--keep", "--all", "--bench", "--limit"}
_APPS = {
    "cg3d": "cg3d.cli",
    "cg3d-infer": "cg3d_runtime.infer.cli",
    "cg3d-detect": "cg3d_runtime.detect.cli",
    "cg3d-serve": "cg3d_runtime.serve.cli",
    "cg3d-search": "cg3d_runtime.search.cli",
    "cg3d-doctor": "cg3d_runtime.doctor.cli",
    "cg3d-bench": "cg3d_runtime.bench.cli",
}


def _files() -> set[str]:
    """Everything in the rooms, as paths from the repository's root."""
    found = (path for room in ROOMS for path in (REPOSITORY / room).rglob("*") if "__pycache__" not in path.parts)
    return {path.relative_to(REPOSITORY).as_posix() for path in found}


FILES = _files()


def missing_paths(text: str, page: Path) -> Iterator[str]:
    """Paths from the root that are not there, and names of Python files that no file in the repository ends with."""
    for match in _PATH.findall(text):
        if not (REPOSITORY / match.rstrip(".")).exists():
            yield match
    for match in _MODULE_FILE.findall(text):
        if (
            not any(f"/{file}".endswith(f"/{match.lstrip('/')}") for file in FILES)
            and not (page.parent / match).exists()
        ):
            yield match


def broken_links(text: str, page: Path) -> Iterator[str]:
    """Relative links whose file or heading is not there."""
    for file, heading in _LINK.findall(text):
        target = page.parent / file if file else page
        if not target.exists() or (heading and heading not in _headings(target)):
            yield f"{file}#{heading}"


def _headings(page: Path) -> set[str]:
    """The names by which GitHub links to the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def missing_modules(text: str, page: Path) -> Iterator[str]:
    """Names such as `cg3d_runtime.labels.cache` that neither import nor are an attribute of what does."""
    for name in sorted(set(_MODULE.findall(text))):
        if not _is_there(name):
            yield name


def _is_there(name: str) -> bool:
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        return _has(found, parts[end:])
    return False


def _has(found: object, attributes: list[str]) -> bool:
    for attribute in attributes:
        if not hasattr(found, attribute):
            return False
        found = getattr(found, attribute)
    return True


def wrong_python(text: str, page: Path) -> Iterator[str]:
    """Python that does not compile, that imports what is not there, or that is not marked as Python."""
    for block in _FENCED.findall(text):
        try:
            tree = ast.parse(textwrap.dedent(block))
        except SyntaxError as error:
            yield f"{error.msg}: {(error.text or '').strip()}"
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cg3d"):
                yield from (f"{node.module}.{n.name}" for n in node.names if not _is_there(f"{node.module}.{n.name}"))
    outside = _FENCED.sub("", text)
    yield from re.findall(r"^ {4}(?:from|import) cg3d.*$", outside, re.MULTILINE)


def unknown_commands(text: str, page: Path) -> Iterator[str]:
    """Lines to type, and commands named in a sentence, that a program does not know, options included."""
    for line in _COMMAND.findall(text):
        for part in re.split(r"->|\||\s#\s| {3,}", line):
            words = part.replace("[", " ").replace("]", " ").split()
            if words and words[0] in _APPS and (fault := _fault(words)):
                yield f"{part.strip()}: {fault}"


@cache
def _program(name: str) -> Any:
    return get_command(importlib.import_module(_APPS[name]).app)


def _fault(words: list[str]) -> str | None:
    command, names = _program(words[0]), words[1:]
    while hasattr(command, "commands") and names and not names[0].startswith("-"):
        if names[0] not in command.commands:
            return f"no command {names[0]}"
        command, names = command.commands[names[0]], names[1:]
    known = _options(command)
    used = {option.split("=")[0] for name in names if name.startswith("-") for option in name.split("/")}
    return next((f"no option {name}" for name in sorted(used - known - {"-", *_COMPLETION})), None)


def unknown_options(text: str, page: Path) -> Iterator[str]:
    """Options named in a sentence that none of our programs has."""
    known = _OF_OTHERS.union(_OF_SCRIPTS, _COMPLETION, *(_options(_program(name)) for name in _APPS))
    spans = " ".join(re.findall(r"`([^`\n]+)`", text))
    yield from sorted(set(re.findall(r"(?<![\w-])--[a-z][\w-]*", spans)) - known)


@cache
def _options(command: Any) -> set[str]:
    """Every spelling of every option of a program, its subcommands included."""
    parameters = command.get_params(command.make_context(command.name, [], resilient_parsing=True))
    own = {name for each in parameters for name in (*each.opts, *each.secondary_opts)}
    return own.union(*map(_options, getattr(command, "commands", {}).values()))


def stale_walks(text: str, page: Path) -> Iterator[str]:
    """Names in a line such as `  read_scan(path) -> PointCloud   scans/__init__.py` that none of its files holds."""
    for call, where in re.findall(r"^ {4} *(\S.*?) {2,}(\S.*)$", text, re.MULTILINE):
        files = [REPOSITORY / file for name in re.findall(r"[\w/]+\.py", where) for file in FILES if _ends(file, name)]
        words = "\n".join(file.read_text(encoding="utf-8") for file in files)
        names = re.findall(r"\b[a-z]\w*_\w+|\b[A-Z][a-z]+[A-Z]\w*|(?<=\w\.)[a-z]\w*", call)
        yield from (f"{name}: {where}" for name in names if files and not re.search(rf"\b{name}\b", words))


def _ends(file: str, name: str) -> bool:
    return f"/{file}".endswith(f"/{name.lstrip('/')}")


CHECKS = [missing_paths, broken_links, missing_modules, wrong_python, unknown_commands, unknown_options, stale_walks]
Check = Callable[[str, Path], Iterator[str]]


@pytest.mark.parametrize("page", PRESENT, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_pages_are_true(check: Check, page: Path) -> None:
    assert list(check(page.read_text(encoding="utf-8"), page)) == []


def test_links_of_the_changelog() -> None:
    page = REPOSITORY / "CHANGELOG.md"
    assert list(broken_links(page.read_text(encoding="utf-8"), page)) == []


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (missing_paths, "See `docs/nothing.md`."),
        (missing_paths, "Open `labels/nothing.py` first."),
        (broken_links, "[here](docs/nothing.md)"),
        (broken_links, "[here](docs/bundle.md#nothing)"),
        (missing_modules, "`cg3d_runtime.nothing`"),
        (missing_modules, "`cg3d_runtime.labels.Nothing`"),
        (wrong_python, "```python\nprint(\n```\n"),
        (wrong_python, "```python\nfrom cg3d_runtime import Nothing\n```\n"),
        (wrong_python, "    from cg3d_runtime import Recognizer\n"),
        (unknown_commands, "    cg3d nothing\n"),
        (unknown_options, "Say `--nothing`."),
        (stale_walks, "    nothing_here(path) -> PointCloud    scans/__init__.py\n"),
        (unknown_commands, "`cg3d train --nothing 3`"),
        (unknown_commands, "    cg3d-infer scan.ply --nothing   # a comment\n"),
    ],
)
def test_these_checks_can_fail(check: Check, text: str) -> None:
    assert len(list(check(text, REPOSITORY / "README.md"))) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_lines_are_at_most_128_columns_but_in_tables(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 128 and not line.startswith(("|", "    "))] == []


def unlisted_modules(folder: Path) -> list[str]:
    """Modules and folders of a room that its `__init__` does not mention."""
    contents = (folder / "__init__.py").read_text(encoding="utf-8")
    names = [path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return [name for name in sorted(names) if not name.startswith("_") and not re.search(rf"\b{name}\b", contents)]


@pytest.mark.parametrize("room", BELOW_ROOTS, ids=lambda room: room.relative_to(REPOSITORY).as_posix())
def test_rooms_list_their_modules(room: Path) -> None:
    assert unlisted_modules(room) == []


def test_a_module_that_is_not_listed_is_found(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""A room. one: first."""')
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").touch()
    assert unlisted_modules(tmp_path) == ["two"]


def test_the_first_lines_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
    shutil.copy(REPOSITORY / "examples" / "scans" / "mug.ply", "scan.ply")
    block = _FENCED.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))[0]
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out == "mug\n"

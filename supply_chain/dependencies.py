"""The whole tree of what a distribution and its extras need, from the metadata of what is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = {"cg3d-runtime": ROOT / "runtime" / "pyproject.toml", "cg3d": ROOT / "pyproject.toml"}
TOOLS = ("dev",)  # extras of people who work on the project, not of those who use it


@dataclass(frozen=True)
class Package:
    """A package in the tree.

    Attributes:
        name: as packaging normalises it.
        found: what is installed of it; None where it is not, such as the libraries of other devices.
        needs: names of the packages that it needs.
        extras: of the root that bring it; empty where the base does.
    """

    name: str
    found: Distribution | None
    needs: tuple[str, ...]
    extras: tuple[str, ...]

    @property
    def version(self) -> str | None:
        return self.found.version if self.found else None


def project(name: str) -> dict[str, Any]:
    """The table [project] of one of our distributions."""
    return dict(tomllib.loads(PROJECTS[name].read_text(encoding="utf-8"))["project"])


def tree(name: str) -> list[Package]:
    """Every package that one of our distributions needs, with all extras but TOOLS, sorted by name; ours are left out."""
    told = project(name)
    groups = {"": told["dependencies"], **told.get("optional-dependencies", {})}
    reached: dict[str, set[str]] = {}
    needs: dict[str, set[str]] = {}
    for extra, requirements in groups.items():
        if extra not in TOOLS:
            for requirement in map(Requirement, requirements):
                _walk(requirement, extra, reached, needs, set())
    return [
        Package(key, _installed(key), tuple(sorted(needs[key])), () if "" in extras else tuple(sorted(extras)))
        for key, extras in sorted(reached.items())
        if key not in PROJECTS
    ]


def _walk(
    requirement: Requirement, extra: str, reached: dict[str, set[str]], needs: dict[str, set[str]], seen: set[str]
) -> None:
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return
    key = canonicalize_name(requirement.name)
    asked = f"{key}[{','.join(sorted(requirement.extras))}]"
    if asked in seen:
        return
    seen.add(asked)
    reached.setdefault(key, set()).add(extra)
    for below in _requirements(key, requirement.extras):
        needs.setdefault(key, set()).add(canonicalize_name(below.name))
        _walk(below, extra, reached, needs, seen)
    needs.setdefault(key, set())


def _requirements(key: str, extras: set[str]) -> Iterator[Requirement]:
    """What a package needs, with the markers of its extras resolved; of ours by their sources."""
    if key in PROJECTS:
        told = project(key)
        lines = [*told["dependencies"], *(line for extra in extras for line in told["optional-dependencies"][extra])]
        yield from map(Requirement, lines)
        return
    found = _installed(key)
    for requirement in map(Requirement, (found.requires or []) if found else []):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            requirement.marker = None
            yield requirement


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None

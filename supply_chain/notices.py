"""Notices of third parties: the table in THIRD_PARTY.md, and the texts of all licences beside a wheel."""

from __future__ import annotations

from importlib.metadata import Distribution

from supply_chain.dependencies import ROOT, Package, tree
from supply_chain.licences import licence_of, named

PAGE = ROOT / "THIRD_PARTY.md"
START = "<!-- written by `python -m supply_chain notices`; the text above is by hand -->"
_TEXTS = ("licen", "notice", "copying", "copyright")  # how the names of such files begin, in any case


def page() -> str:
    """THIRD_PARTY.md as it should be: what stands in it by hand, and the tables of both distributions."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(START)[0]
    tables = [
        _table("cg3d-runtime", "The runtime and its extras"),
        _table("cg3d", "What a workstation has beside them"),
    ]
    return f"{by_hand}{START}\n" + "".join(tables)


def untold() -> list[str]:
    """Packages of the runtime that THIRD_PARTY.md does not tell of, or tells otherwise.

    Those of training differ with Python and with the device, and are as they were where the page was written.
    """
    told = set(PAGE.read_text(encoding="utf-8").splitlines())
    return [package.name for package in tree("cg3d-runtime") if _row(package).rstrip("\n") not in told]


def texts(name: str) -> str:
    """The licence texts of everything that one of our distributions needs, as the installed packages hold them."""
    parts = [f"Licences of what {name} needs, as installed where its wheel was built.\n"]
    for package in tree(name):
        version = package.version or "not installed here"
        parts.append(f"\n{'=' * 100}\n{package.name} {version}: {licence_of(package)}\n{'=' * 100}\n\n")
        parts += _files(package.found) if package.found else []
    return "".join(parts)


def _table(name: str, title: str) -> str:
    of_runtime = {package.name for package in tree("cg3d-runtime")} if name != "cg3d-runtime" else set()
    rows = [_row(package) for package in tree(name) if package.name not in of_runtime]
    return f"\n## {title}\n\n| package | licence | brought by |\n|---|---|---|\n" + "".join(rows)


def _row(package: Package) -> str:
    by_hand = named(package)
    why = f"; {by_hand.reason}" if by_hand else ""
    return f"| {package.name} | {licence_of(package)}{why} | {', '.join(package.extras) or 'base'} |\n"


def _files(found: Distribution) -> list[str]:
    files = [file for file in found.files or [] if file.name.lower().startswith(_TEXTS) and file.suffix != ".py"]
    return [
        f"{file.locate().read_text(encoding='utf-8', errors='replace').strip()}\n\n"  # type: ignore[attr-defined]
        for file in sorted(files, key=str)
        if file.locate().is_file()  # type: ignore[attr-defined]
    ]

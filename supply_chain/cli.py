"""`python -m supply_chain`: what `scripts/build_wheels` and `scripts/check` start."""

from __future__ import annotations

from pathlib import Path

import typer

from supply_chain.dependencies import PROJECTS, tree
from supply_chain.licences import faults
from supply_chain.notices import PAGE, page, untold

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def build(out: Path = typer.Option(Path("dist"), help="Folder for the wheels and what goes with them.")) -> None:
    """Build both wheels with their digests, bills of materials and licence texts."""
    from supply_chain.wheels import build as build_wheels
    from supply_chain.wheels import commit_time

    for path in build_wheels(out, commit_time()):
        print(path)


@app.command()
def licences() -> None:
    """Check the licences of all that both distributions need, and that THIRD_PARTY.md tells them; exit 1 if not."""
    found = list(dict.fromkeys(line for name in PROJECTS for line in faults(tree(name))))
    if missing := untold():
        found.append(
            f"THIRD_PARTY.md does not tell of {', '.join(missing)} as it should: python -m supply_chain notices"
        )
    count = len({package.name for name in PROJECTS for package in tree(name)})
    print("\n".join(found) or f"Licences: {count} packages, all as they may be.")
    raise typer.Exit(int(bool(found)))


@app.command()
def notices() -> None:
    """Write the tables of THIRD_PARTY.md."""
    PAGE.write_text(page(), encoding="utf-8")

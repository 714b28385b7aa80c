"""Bags among the scans of a command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import typer

from cg3d_runtime.errors import ScanError, shortened

if TYPE_CHECKING:
    from cg3d_runtime.preparation.scan import Scan
    from cg3d_runtime.scans.bags import BagFault
    from cg3d_runtime.scans.bags.bag import Bag


class Given(NamedTuple):
    """What a command line says of its scans.

    Attributes:
        names: of files, bags, folders, or - for names on stdin.
        recursive: whether folders below folders count.
        topic, every: of bags, see `read_bag`.
    """

    names: list[str]
    recursive: bool = False
    topic: str | None = None
    every: float | None = None


def open_bag(name: str, given: Given) -> str | Bag | BagFault:
    """A bag, opened; one that cannot be is reported like a broken scan; any other name as it is."""
    from cg3d_runtime.scans.bags import BagFault, is_bag

    if not is_bag(name):
        return name
    from cg3d_runtime.scans.bags.bag import Bag

    try:
        return Bag(name, given.topic)
    except ScanError as error:
        return BagFault(name, str(error).removeprefix(f"{shortened(name)}: "))


def clouds_of(scans: Iterable[str | Bag | BagFault], given: Given) -> Iterator[Scan]:
    """The scans as they come, of each bag its clouds in its place."""
    for scan in scans:
        opened = open_bag(scan, given) if isinstance(scan, str) else scan
        if hasattr(opened, "clouds"):
            yield from opened.clouds(given.every)
        else:
            yield opened


def count_of(opened: list[str | Bag | BagFault], given: Given, others: int) -> int | None:
    """How many scans and messages there are; None where a bag does not tell.

    Raises:
        BadParameter: options of bags, and no bag.
    """
    options = [name for name, value in (("--topic", given.topic), ("--every", given.every)) if value is not None]
    if options and all(isinstance(scan, str) for scan in opened):
        raise typer.BadParameter(f"{options[0]} is for bags, and none is given.")
    counts = [1 if isinstance(scan, str) else scan.count for scan in opened]
    return None if None in counts else others + sum(filter(None, counts))

"""Scans of a command line: its arguments, and the options of depth images."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cg3d_runtime.errors import Cg3dError, shortened
from cg3d_runtime.infer.bags import Given, clouds_of, count_of, open_bag

if TYPE_CHECKING:
    from cg3d_runtime.preparation.scan import Scan
    from cg3d_runtime.scans.depth import DepthImage


def given_scans(
    given: Given, watch: bool, images: list[DepthImage], journal: Path | None = None
) -> tuple[Iterator[Scan], int | None]:
    """What the arguments name, and how many where that is known; of bags, how many messages.

    Args:
        journal: tells which scans in watched folders ended an earlier run.
    Raises:
        BadParameter: nothing, or what cannot be watched.
    """
    from cg3d_runtime.commands.scan_files import is_folder, scan_files

    scans = given.names
    if not scans and not images:
        raise typer.BadParameter("name a scan, a bag, a folder, or - for names on stdin; or an image with --depth.")
    if watch:
        if images or given.recursive:
            raise typer.BadParameter("--watch takes folders only, no --depth and no --recursive.")
        if others := [scan for scan in scans if not is_folder(scan)]:
            raise typer.BadParameter(f"--watch takes folders only; {others[0]!r} is none, or cannot be looked at.")
        from cg3d_runtime.infer.watch import watch as watch_folders
        from cg3d_runtime.streams.journal import left_unread

        return watch_folders([Path(scan) for scan in scans], leave=left_unread(journal) if journal else {}), None
    if "-" in scans:
        if sys.stdin is None:
            raise typer.BadParameter("- takes names from stdin, which is closed.")
        return chain(images, clouds_of(scan_files(scans, given.recursive), given)), None
    opened = [open_bag(name, given) for name in scan_files(scans, given.recursive)]
    return chain(images, clouds_of(opened, given)), count_of(opened, given, len(images))


def depth_images(paths: list[Path], intrinsics: str | None, scale: float | None, mask: Path | None) -> list[DepthImage]:
    """The depth images of one camera; a folder stands for all in it, by name.

    Raises:
        BadParameter: options that do not go together, no numbers of a camera, or a folder without images.
    """
    if bool(paths) != (intrinsics is not None):
        raise typer.BadParameter("--depth and --intrinsics go together.")
    if scale is not None and not paths:
        raise typer.BadParameter("--depth-scale goes with --depth; leave it out, or name the image with --depth.")
    files = [file for path in paths for file in _images_in(path)]
    if mask and len(files) != 1:
        raise typer.BadParameter(f"--mask goes with one --depth, got {len(files)}.")
    if intrinsics is None:
        return []
    from cg3d_runtime.scans.depth import DepthImage, parse_intrinsics

    try:
        camera = parse_intrinsics(intrinsics)
    except Cg3dError as error:
        raise typer.BadParameter(str(error)) from error
    return [DepthImage(file, camera, scale, mask) for file in files]


def _images_in(path: Path) -> list[Path]:
    """The depth images of a folder, hidden files left out; any other path as it is."""
    from cg3d_runtime.commands.scan_files import in_order, is_folder
    from cg3d_runtime.scans.depth import DEPTH_SUFFIXES

    if not is_folder(path):
        return [path]
    try:
        files = [file for file in path.iterdir() if not file.name.startswith(".")]
    except OSError as error:
        raise typer.BadParameter(f"--depth {shortened(path)}: cannot be read: {error.strerror}.") from error
    images = sorted((file for file in files if file.suffix.lower() in DEPTH_SUFFIXES), key=in_order)
    if not images:
        raise typer.BadParameter(
            f"--depth {shortened(path)}: is a folder without images of {', '.join(DEPTH_SUFFIXES)}."
        )
    return images

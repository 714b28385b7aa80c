#!/usr/bin/env python3
"""The furniture of Sweet Home 3D as named objects in metres: `recipes/cg3d-mini/furniture.py WORK`.

Fetches Debian's package sweethome3d-furniture (820 OBJ models with names, categories and sizes in centimetres; CC0 1.0, CC BY
3.0 and CC BY 3.0 US by set), turns and scales every model to the size that its catalogue tells, names it as people say it
(furniture_names.txt), and writes WORK/furniture/SET.csv, one table a set, for `cg3d data pack ... --format objects`. What is
part of a wall, or a marking on the ground, is left out.

A set is the unit to hold out: KatorLegaz never trains the model that ships.
"""

from __future__ import annotations

import csv
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import trimesh
import typer
from packages import Package, unpacked

log = logging.getLogger("furniture")

PACKAGE = Package("sweethome3d-furniture", "1.8-1", "3ccb90c63f9525e887a767b9cd5c8b6933b8b6b2973a615a5359ee68a2118668")
CATALOGUE = "PluginFurnitureCatalog.properties"
NAMES = Path(__file__).with_name("furniture_names.txt")
LICENCES = {
    "BlendSwap-CC-0": "CC0-1.0",
    "BlendSwap-CC-BY": "CC-BY-3.0",
    "KatorLegaz": "CC-BY-3.0-US",
    "Reallusion": "CC-BY-3.0-US",
    "Scopia": "CC-BY-3.0",
}
COLUMNS = ("id", "set", "path", "name", "caption", "licence", "source", "units", "up")
_FIELD = re.compile(r"^(\w+)#(\d+)=(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """One model of a catalogue.

    Attributes:
        size: width, height and depth in metres: along x, up (y) and z of the turned model.
        rotation: (3, 3), from the file's axes to those.
    """

    set: str
    id: str
    title: str
    creator: str
    model: str  # a path in the set's archive
    size: tuple[float, float, float]
    rotation: np.ndarray


def main(work: Annotated[Path, typer.Argument(help="Folder for the download, the models and the tables.")]) -> None:
    """Write a table and its models for every set."""
    root = unpacked(PACKAGE, work / "sources") / "usr" / "share" / "sweethome3d" / "furniture"
    names, out = read_names(NAMES), work / "furniture"
    for licensed in LICENCES:
        models = out / licensed
        with zipfile.ZipFile(root / f"{licensed}.sh3f") as archive:
            archive.extractall(work / "sources" / "furniture" / licensed)
        rows = list(_rows(licensed, work / "sources" / "furniture" / licensed, models, names))
        with (out / f"{licensed.lower()}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(rows)
        log.info("%s: %d objects of %d names", licensed, len(rows), len({row["name"] for row in rows}))


def _rows(licensed: str, folder: Path, models: Path, names: dict[str, str]) -> Iterator[dict[str, str]]:
    models.mkdir(parents=True, exist_ok=True)
    for piece in read_catalogue((folder / CATALOGUE).read_text("latin-1"), licensed):
        if not (name := names.get(piece.title, piece.title.lower())):
            continue
        path = models / f"{piece.id}.glb"
        if not path.is_file():
            path.write_bytes(to_size(trimesh.load(folder / piece.model.lstrip("/"), force="scene"), piece))
        source = f"Sweet Home 3D furniture, {licensed}, {piece.creator}"
        yield {
            "id": piece.id,
            "set": licensed.lower(),
            "path": str(path.relative_to(models.parent)),
            "name": name,
            "caption": f"A {piece.title.lower()}.",
            "licence": LICENCES[licensed],
            "source": source,
            "units": "m",
            "up": "y",
        }


def read_names(file: Path) -> dict[str, str]:
    """Names by titles of the catalogue; empty where a piece is left out."""
    lines = (line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {title.strip(): name.strip() for title, _, name in (line.rpartition(":") for line in lines)}


def read_catalogue(text: str, licensed: str) -> Iterator[Piece]:
    """The pieces of a catalogue: Java properties of the form `field#number=value`, \\u escapes for what is not Latin-1."""
    fields: dict[int, dict[str, str]] = {}
    for field, number, value in _FIELD.findall(text):
        fields.setdefault(int(number), {})[field] = re.sub(
            r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), value.strip()
        )
    for number, piece in sorted(fields.items()):
        turn = [float(part) for part in piece.get("modelRotation", "1 0 0 0 1 0 0 0 1").split()]
        width, height, depth = (float(piece[side]) / 100 for side in ("width", "height", "depth"))
        yield Piece(
            set=licensed,
            id=f"{licensed.lower()}-{number:03}",
            title=piece["name"],
            creator=piece.get("creator", licensed),
            model=piece["model"],
            size=(width, height, depth),
            rotation=np.reshape(turn, (3, 3)),
        )


def to_size(scene: trimesh.Scene, piece: Piece) -> bytes:
    """A model as GLB, turned, scaled along each axis to the catalogue's size, and standing on y = 0.

    Raises:
        ValueError: the model is flat, so that it has no size to scale.
    """
    turned = scene.copy()
    turned.apply_transform(_homogeneous(piece.rotation))
    low, high = turned.bounds
    extent = high - low
    if not (extent > 0).all():
        raise ValueError(f"{piece.model}: has no extent along {'xyz'[int(extent.argmin())]}.")
    scale = np.array(piece.size) / extent
    foot = np.array([(low + high)[0] / 2, low[1], (low + high)[2] / 2])
    turned.apply_transform(trimesh.transformations.translation_matrix(-foot))
    turned.apply_transform(_homogeneous(np.diag(scale)))
    return bytes(turned.export(file_type="glb"))


def _homogeneous(matrix: np.ndarray) -> np.ndarray:
    transform = np.eye(4)
    transform[:3, :3] = matrix
    return transform


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    typer.run(main)

"""Reader of ULIP's ShapeNet triplets: clouds, names and 30 rendered pictures an object.

    train.txt, test.txt                                     one `<synset>-<model>.npy` a line
    taxonomy.json                                           of ShapeNetCore
    shapenet_pc/<synset>-<model>.npy                        (8192, 3) float, y up
    rendered_images/<synset>-<model>/<synset>-<model>_r_<angle>.png    RGBA; angle 000, 012, ... 348 degrees
    rendered_images/<synset>-<model>/..._r_<angle>_depth0001.png       depth, of no use here

Layout: salesforce/ULIP (data/dataset_3d.py), rendered with stanford-shapenet-renderer.
"""

from __future__ import annotations

from pathlib import Path

from cg3d.data.formats.shapenet55 import list_shapenet, split_lists, synset_names
from cg3d.data.samples import SourceObject


def read_ulip(source: str) -> list[SourceObject]:
    """List ULIP's ShapeNet triplets; an object without pictures is a problem: format shapenet55 draws them.

    Label and captions are as in shapenet55. ULIP itself says one name of the synset, chosen at random at every step.

    Args:
        source: the folder that holds `shapenet_pc` and `rendered_images`.
    Raises:
        DataError: no list, no object in the lists, or no taxonomy.
    """
    folder = Path(source)
    renders = folder / "rendered_images"
    return list_shapenet(
        split_lists([folder / "{}.txt"]),
        synset_names([folder]),
        folder,
        "ULIP-ShapeNet",
        lambda synset, model: renders / f"{synset}-{model}",
    )

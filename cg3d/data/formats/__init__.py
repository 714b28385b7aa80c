"""Readers of the data sets that the field has on disk, one file a reader.

A reader is one function from a source, most often a folder, to its objects. It lists them by names and tables only; an object's
own files are opened when its turn comes to be packed.

    objects ulip shapenet55 openshape objaverse_lvis cap3d                files and renderings of named objects
    modelnet_off modelnet_txt modelnet_h5 modelnet_dat openshape_tests    ModelNet as it is passed on; modelnet: its labels
    scanobjectnn scannet s3dis                                            scans; clusters: instances cut out of scenes
    hdf5 npz_rows number_lines listings                                   containers that several readers share
    source_folder naming                                                  the folder of a source; names in errors
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cg3d.data.formats.cap3d import read_cap3d
from cg3d.data.formats.modelnet_dat import read_modelnet10_dat, read_modelnet40_dat
from cg3d.data.formats.modelnet_h5 import read_modelnet40_h5
from cg3d.data.formats.modelnet_off import read_modelnet10_off, read_modelnet40_off
from cg3d.data.formats.modelnet_txt import read_modelnet10_txt, read_modelnet40_txt
from cg3d.data.formats.objaverse_lvis import read_objaverse_lvis
from cg3d.data.formats.objects import read_objects
from cg3d.data.formats.openshape import read_openshape
from cg3d.data.formats.openshape_tests import read_modelnet40_openshape, read_scanobjectnn_openshape
from cg3d.data.formats.s3dis import read_s3dis
from cg3d.data.formats.scannet import read_scannet
from cg3d.data.formats.scanobjectnn import (
    read_scanobjectnn_obj_bg,
    read_scanobjectnn_obj_only,
    read_scanobjectnn_pb_t50_rs,
)
from cg3d.data.formats.shapenet55 import read_shapenet55
from cg3d.data.formats.ulip import read_ulip
from cg3d.data.samples import SourceObject

FORMATS: dict[str, Callable[[str], Sequence[SourceObject]]] = {
    "objects": read_objects,
    "modelnet40-txt": read_modelnet40_txt,
    "modelnet10-txt": read_modelnet10_txt,
    "modelnet40-h5": read_modelnet40_h5,
    "modelnet40-dat": read_modelnet40_dat,
    "modelnet10-dat": read_modelnet10_dat,
    "modelnet40-openshape": read_modelnet40_openshape,
    "modelnet40-off": read_modelnet40_off,
    "modelnet10-off": read_modelnet10_off,
    "scanobjectnn-obj-bg": read_scanobjectnn_obj_bg,
    "scanobjectnn-obj-only": read_scanobjectnn_obj_only,
    "scanobjectnn-pb-t50-rs": read_scanobjectnn_pb_t50_rs,
    "scanobjectnn-openshape": read_scanobjectnn_openshape,
    "scannet": read_scannet,
    "s3dis": read_s3dis,
    "shapenet55": read_shapenet55,
    "ulip": read_ulip,
    "openshape": read_openshape,
    "objaverse-lvis": read_objaverse_lvis,
    "cap3d": read_cap3d,
}

"""Pictures of scans with their answers, and of scenes with their objects: a page to turn them on, a sheet for a report.

gallery scene_gallery    collect scans and answers, scenes and objects, and write either picture
exhibit scene_exhibit    one of them as a picture shows it; display_cloud: its points and colours
page scene_page          the pages, from the files in web/; markup: what they share
contact_sheet scene_sheet   the sheets; sheets: what they share
splat lettering          points and text, drawn into an image
scene_picture viewpoint  a scene drawn into an image, and from where; object_colours: as in the PLY
"""

from __future__ import annotations

from cg3d_runtime.pictures.gallery import Gallery, check_picture_path
from cg3d_runtime.pictures.scene_gallery import SceneGallery

__all__ = ["Gallery", "SceneGallery", "check_picture_path"]

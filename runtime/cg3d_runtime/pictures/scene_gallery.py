"""Scenes and their objects on their way into a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cg3d_runtime.pictures.gallery import Collection
from cg3d_runtime.pictures.scene_exhibit import SceneExhibit, exhibit_of
from cg3d_runtime.scans.cloud import PointCloud

if TYPE_CHECKING:
    from cg3d_runtime.scenes.scene import Scene

MOST_POINTS_OF_A_SCENE = 60_000


class SceneGallery(Collection[SceneExhibit]):
    """Collects scenes, and writes them as a page or as an image.

        gallery = SceneGallery()
        gallery.add("table.ply", cloud, scene)
        gallery.write("found.html")

    Memory is bounded as that of a `Gallery`.
    """

    def __init__(self) -> None:
        super().__init__(_most=MOST_POINTS_OF_A_SCENE)

    def add(
        self, name: str, cloud: PointCloud | None = None, scene: Scene | None = None, error: str | None = None
    ) -> None:
        """Take in one scene.

        Args:
            name: of the scene as shown, any text.
            cloud: its points, in the order of `scene.segments`; None where it could not be read.
            scene: what was found in it; None where that failed.
            error: why it failed.
        """
        if not self._is_full():
            self._take_in(exhibit_of(name, cloud, scene, error, self._most))

    def _thinned(self, exhibit: SceneExhibit, most: int) -> SceneExhibit:
        return exhibit.thinned(most)

    def _page(self) -> bytes:
        from cg3d_runtime.pictures.scene_page import to_page

        return to_page(self.exhibits, self.left_out)

    def _sheet(self) -> bytes:
        from cg3d_runtime.pictures.scene_sheet import to_png  # needs pillow

        return to_png(self.exhibits, self.left_out)

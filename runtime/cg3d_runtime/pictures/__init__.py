"""Pictures of scans with their answers: a page to turn them on, and a sheet for a report."""

from __future__ import annotations

from cg3d_runtime.pictures.gallery import Gallery, check_picture_path

__all__ = ["Gallery", "check_picture_path"]

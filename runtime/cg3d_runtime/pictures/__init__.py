"""Pictures of scans with their answers: a page to turn them on, and a sheet for a report.

gallery        collects scans and answers, and writes either picture
exhibit        one scan with its answer; display_cloud: its points and colours
page           the page, from the files in web/; contact_sheet: the sheet
splat lettering   points and text, drawn into an image
"""

from __future__ import annotations

from cg3d_runtime.pictures.gallery import Gallery, check_picture_path

__all__ = ["Gallery", "check_picture_path"]

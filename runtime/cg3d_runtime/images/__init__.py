"""Pictures of things as embeddings in the space of scans and labels.

fitting: a picture of any size as the image graph takes it. encoder: the image half of a bundle.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np

Picture = str | os.PathLike[str] | np.ndarray | object  # a file, (H, W, 3) uint8 RGB, or an image of Pillow
Pictures = Iterable[Picture] | Picture

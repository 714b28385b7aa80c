"""The texts around a label, by the names that papers have made known."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

from cg3d.evaluation.names import require_known
from cg3d.models.towers.open_clip_import import import_open_clip

ULIP_64 = "templates_ulip_64.json"  # beside this file, with its source and licence


def _ulip_64() -> tuple[str, ...]:
    return tuple(json.loads(files(__package__).joinpath(ULIP_64).read_text(encoding="utf-8"))["templates"])


def _openai_80() -> tuple[str, ...]:
    return tuple(template("{}") for template in import_open_clip().OPENAI_IMAGENET_TEMPLATES)


# "bundle" stands for the texts that a bundle was exported with. CG3D's: deeptibhegde/CLIP-goes-3D, `validate_ZS`.
TEMPLATES: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    "bundle": lambda own: own,
    "cg3d-paper": lambda own: ("This is a {}",),
    "ulip-64": lambda own: _ulip_64(),
    "openai-80": lambda own: _openai_80(),
}


def templates(name: str, own: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of a named set, `{}` where the label goes.

    Args:
        name: bundle, cg3d-paper (one), ulip-64 (salesforce/ULIP), openai-80 (OpenAI's for ImageNet, as open_clip ships them).
        own: the texts of the bundle that is measured.
    Raises:
        DataError: an unknown name; it lists the known ones.
    """
    require_known("templates", name, TEMPLATES)
    return TEMPLATES[name](own)

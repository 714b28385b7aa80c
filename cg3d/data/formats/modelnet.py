"""Facts common to the releases of ModelNet (Wu et al. 2015, https://modelnet.cs.princeton.edu)."""

from __future__ import annotations

from cg3d.data.samples import ObjectInfo, plain_words, safe_id, with_article


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


# In the order of their labels, with spaces; salesforce/ULIP, data/labels.json.
MODELNET40 = _names(
    "airplane, bathtub, bed, bench, bookshelf, bottle, bowl, car, chair, cone, cup, curtain, desk, door, dresser, flower pot, "
    "glass box, guitar, keyboard, lamp, laptop, mantel, monitor, night stand, person, piano, plant, radio, range hood, sink, "
    "sofa, stairs, stool, table, tent, toilet, tv stand, vase, wardrobe, xbox"
)
MODELNET10 = _names("bathtub, bed, chair, desk, dresser, monitor, night stand, sofa, table, toilet")


def modelnet_info(set_name: str, name: str, class_name: str, split: str) -> ObjectInfo:
    """Describe one shape.

    Args:
        set_name: "modelnet40" or "modelnet10".
        name: unique in the source.
        class_name: as the release spells it, `night_stand`.
        split: "train" or "test".
    """
    label = plain_words(class_name)
    return ObjectInfo(
        id=safe_id(name),
        label=label,
        captions=(with_article(label),),
        licence="LicenseRef-ModelNet",  # for research; the shapes belong to those who drew them
        source="ModelNet",
        set=set_name,
        split=split,
    )

"""Built-in objects: everyday things whose shape, proportions and colours are drawn at random.

They make the SDK work with no data at all. A new category is one function that takes a random generator and returns a
`Mesh` in metres, y up, standing on y = 0, and one line in `CATEGORIES`. Its name is the LVIS name with spaces and without
the note in brackets; where LVIS has none or few people use it, the plain word (door, axe, computer mouse, fire hydrant).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cg3d.data.parametric.audio import headset, speaker
from cg3d.data.parametric.bathroom import sink, toilet
from cg3d.data.parametric.bathtubs import bathtub
from cg3d.data.parametric.bins import trash_can
from cg3d.data.parametric.books import book
from cg3d.data.parametric.boxes import box
from cg3d.data.parametric.buses import bus
from cg3d.data.parametric.cabinets import cabinet, dresser, nightstand
from cg3d.data.parametric.cameras import camera
from cg3d.data.parametric.cars import car
from cg3d.data.parametric.clocks import clock
from cg3d.data.parametric.computers import computer_keyboard, computer_monitor, computer_mouse, laptop_computer
from cg3d.data.parametric.containers import barrel, basket, bucket, vase
from cg3d.data.parametric.cookware import frying_pan, pot, teapot
from cg3d.data.parametric.cutting_tools import axe, saw, scissors
from cg3d.data.parametric.cycles import bicycle, skateboard
from cg3d.data.parametric.desks import desk
from cg3d.data.parametric.doors import door
from cg3d.data.parametric.fans import fan
from cg3d.data.parametric.faucets import faucet
from cg3d.data.parametric.garden_tools import broom, shovel
from cg3d.data.parametric.guitars import guitar
from cg3d.data.parametric.hand_tools import screwdriver, wrench
from cg3d.data.parametric.hats import hat
from cg3d.data.parametric.household import umbrella
from cg3d.data.parametric.kitchen import bottle, bowl, mug, spoon
from cg3d.data.parametric.lamps import lamp
from cg3d.data.parametric.luggage import backpack, handbag, suitcase
from cg3d.data.parametric.mailboxes import mailbox
from cg3d.data.parametric.mesh import Mesh
from cg3d.data.parametric.palette import colour_word, colour_words
from cg3d.data.parametric.pianos import piano
from cg3d.data.parametric.pillows import pillow
from cg3d.data.parametric.plants import flowerpot
from cg3d.data.parametric.seats import bed, bench, chair, sofa, stool
from cg3d.data.parametric.shoes import shoe
from cg3d.data.parametric.street import fire_hydrant, streetlight, traffic_cone
from cg3d.data.parametric.tables import bookcase, table
from cg3d.data.parametric.tableware import cup, fork, knife, plate, wineglass
from cg3d.data.parametric.tools import hammer, ladder
from cg3d.data.parametric.trucks import truck
from cg3d.data.parametric.vehicles import airplane

CATEGORIES: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "airplane": airplane,
    "axe": axe,
    "backpack": backpack,
    "barrel": barrel,
    "basket": basket,
    "bathtub": bathtub,
    "bed": bed,
    "bench": bench,
    "bicycle": bicycle,
    "book": book,
    "bookcase": bookcase,
    "bottle": bottle,
    "bowl": bowl,
    "box": box,
    "broom": broom,
    "bucket": bucket,
    "bus": bus,
    "cabinet": cabinet,
    "camera": camera,
    "car": car,
    "chair": chair,
    "clock": clock,
    "computer keyboard": computer_keyboard,
    "computer monitor": computer_monitor,
    "computer mouse": computer_mouse,
    "cup": cup,
    "desk": desk,
    "door": door,
    "dresser": dresser,
    "fan": fan,
    "faucet": faucet,
    "fire hydrant": fire_hydrant,
    "flowerpot": flowerpot,
    "fork": fork,
    "frying pan": frying_pan,
    "guitar": guitar,
    "hammer": hammer,
    "handbag": handbag,
    "hat": hat,
    "headset": headset,
    "knife": knife,
    "ladder": ladder,
    "lamp": lamp,
    "laptop computer": laptop_computer,
    "mailbox": mailbox,
    "mug": mug,
    "nightstand": nightstand,
    "piano": piano,
    "pillow": pillow,
    "plate": plate,
    "pot": pot,
    "saw": saw,
    "scissors": scissors,
    "screwdriver": screwdriver,
    "shoe": shoe,
    "shovel": shovel,
    "sink": sink,
    "skateboard": skateboard,
    "sofa": sofa,
    "speaker": speaker,
    "spoon": spoon,
    "stool": stool,
    "streetlight": streetlight,
    "suitcase": suitcase,
    "table": table,
    "teapot": teapot,
    "toilet": toilet,
    "traffic cone": traffic_cone,
    "trash can": trash_can,
    "truck": truck,
    "umbrella": umbrella,
    "vase": vase,
    "wineglass": wineglass,
    "wrench": wrench,
}


def make_object(category: str, seed: int) -> Mesh:
    """Build one object; the same category and seed give the same mesh.

    Args:
        category: a key of `CATEGORIES`.
        seed: any integer >= 0.
    Raises:
        KeyError: unknown category.
    """
    return CATEGORIES[category](np.random.default_rng([seed, *category.encode()])).grounded()


__all__ = ["CATEGORIES", "Mesh", "colour_word", "colour_words", "make_object"]

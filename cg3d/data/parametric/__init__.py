"""Built-in objects: everyday things whose shape, proportions and colours are drawn at random.

They make the SDK work with no data at all. A new category is one function that takes a random generator and returns a
`Mesh` in metres, y up, standing on y = 0, and one line in `CATEGORIES`. Its name is the LVIS name with spaces and without
the note in brackets; where LVIS has none or few people use it, the plain word (door, axe, computer mouse, fire hydrant).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cg3d.data.parametric.action_figures import action_figure
from cg3d.data.parametric.animals import cat, dog, horse, pig, rabbit
from cg3d.data.parametric.audio import headset, speaker
from cg3d.data.parametric.balls import ball
from cg3d.data.parametric.bananas import banana
from cg3d.data.parametric.bathroom import sink, toilet
from cg3d.data.parametric.bathtubs import bathtub
from cg3d.data.parametric.bells import bell
from cg3d.data.parametric.bins import trash_can
from cg3d.data.parametric.birds import bird
from cg3d.data.parametric.blenders import blender
from cg3d.data.parametric.books import book
from cg3d.data.parametric.boots import boot
from cg3d.data.parametric.boxes import box
from cg3d.data.parametric.bread import bread
from cg3d.data.parametric.brushes import hairbrush, paintbrush, toothbrush
from cg3d.data.parametric.burgers import hamburger, sandwich
from cg3d.data.parametric.buses import bus
from cg3d.data.parametric.cabinets import cabinet, dresser, nightstand
from cg3d.data.parametric.cakes import cake
from cg3d.data.parametric.cameras import camera
from cg3d.data.parametric.can_openers import can_opener
from cg3d.data.parametric.candles import candle
from cg3d.data.parametric.cans import can
from cg3d.data.parametric.carrots import carrot
from cg3d.data.parametric.cars import car
from cg3d.data.parametric.cartons import carton, tube
from cg3d.data.parametric.clamps import clamp
from cg3d.data.parametric.clocks import clock
from cg3d.data.parametric.coffee_makers import coffee_maker
from cg3d.data.parametric.computers import computer_keyboard, computer_monitor, computer_mouse, laptop_computer
from cg3d.data.parametric.consoles import game_cartridge, game_controller, handheld_game_console
from cg3d.data.parametric.containers import barrel, basket, bucket, vase
from cg3d.data.parametric.cookware import frying_pan, pot, teapot
from cg3d.data.parametric.cutting_tools import axe, saw, scissors
from cg3d.data.parametric.cycles import bicycle, skateboard
from cg3d.data.parametric.desks import desk
from cg3d.data.parametric.dinosaurs import dinosaur
from cg3d.data.parametric.dispensers import pitcher, soap_dispenser, spray_bottle
from cg3d.data.parametric.dolls import doll
from cg3d.data.parametric.doors import door
from cg3d.data.parametric.dragons import dragon
from cg3d.data.parametric.drills import drill
from cg3d.data.parametric.eggs import egg
from cg3d.data.parametric.fans import fan
from cg3d.data.parametric.faucets import faucet
from cg3d.data.parametric.figurines import figurine
from cg3d.data.parametric.fish import fish
from cg3d.data.parametric.flashlights import flashlight
from cg3d.data.parametric.frames import mirror, picture_frame
from cg3d.data.parametric.fruit import apple, orange, pear
from cg3d.data.parametric.garden_tools import broom, shovel
from cg3d.data.parametric.guitars import guitar
from cg3d.data.parametric.hand_tools import screwdriver, wrench
from cg3d.data.parametric.hard_drives import hard_drive
from cg3d.data.parametric.hats import hat
from cg3d.data.parametric.helmets import helmet
from cg3d.data.parametric.household import umbrella
from cg3d.data.parametric.irons import hair_dryer, iron
from cg3d.data.parametric.jars import jar, pill_bottle, ramekin
from cg3d.data.parametric.kettles import kettle
from cg3d.data.parametric.kitchen import bottle, bowl, mug, spoon
from cg3d.data.parametric.kitchen_tools import ladle, spatula, whisk
from cg3d.data.parametric.lamps import lamp
from cg3d.data.parametric.low_shoes import shoe
from cg3d.data.parametric.luggage import backpack, handbag, suitcase
from cg3d.data.parametric.lunch_boxes import lunch_box
from cg3d.data.parametric.magnifiers import magnifying_glass
from cg3d.data.parametric.mailboxes import mailbox
from cg3d.data.parametric.mallets import mallet
from cg3d.data.parametric.mesh import Mesh
from cg3d.data.parametric.ovens import microwave_oven
from cg3d.data.parametric.palette import colour_word, colour_words
from cg3d.data.parametric.pianos import piano
from cg3d.data.parametric.pillows import pillow
from cg3d.data.parametric.pizzas import pizza
from cg3d.data.parametric.plants import flowerpot
from cg3d.data.parametric.pliers import pliers
from cg3d.data.parametric.remotes import remote_control
from cg3d.data.parametric.sandals import sandal
from cg3d.data.parametric.seats import bed, bench, chair, sofa, stool
from cg3d.data.parametric.sponges import sponge
from cg3d.data.parametric.stationery import pen, pencil_case, stapler
from cg3d.data.parametric.street import fire_hydrant, streetlight, traffic_cone
from cg3d.data.parametric.sweets import candy_bar
from cg3d.data.parametric.tables import bookcase, table
from cg3d.data.parametric.tablets import cellular_telephone, tablet_computer
from cg3d.data.parametric.tableware import cup, fork, knife, plate, wineglass
from cg3d.data.parametric.tapes import tape
from cg3d.data.parametric.teddy_bears import teddy_bear
from cg3d.data.parametric.telephones import telephone
from cg3d.data.parametric.televisions import television_set
from cg3d.data.parametric.toasters import toaster
from cg3d.data.parametric.tools import hammer, ladder
from cg3d.data.parametric.towels import towel
from cg3d.data.parametric.trains import train
from cg3d.data.parametric.trucks import truck
from cg3d.data.parametric.vehicles import airplane
from cg3d.data.parametric.wild_animals import bear, bull, elephant, lion, rhinoceros

CATEGORIES: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "action figure": action_figure,
    "airplane": airplane,
    "apple": apple,
    "axe": axe,
    "backpack": backpack,
    "ball": ball,
    "banana": banana,
    "barrel": barrel,
    "basket": basket,
    "bathtub": bathtub,
    "bear": bear,
    "bed": bed,
    "bell": bell,
    "bench": bench,
    "bicycle": bicycle,
    "bird": bird,
    "blender": blender,
    "book": book,
    "bookcase": bookcase,
    "boot": boot,
    "bottle": bottle,
    "bowl": bowl,
    "box": box,
    "bread": bread,
    "broom": broom,
    "bucket": bucket,
    "bull": bull,
    "bus": bus,
    "cabinet": cabinet,
    "cake": cake,
    "camera": camera,
    "can": can,
    "can opener": can_opener,
    "candle": candle,
    "candy bar": candy_bar,
    "car": car,
    "carrot": carrot,
    "carton": carton,
    "cat": cat,
    "cellular telephone": cellular_telephone,
    "chair": chair,
    "clamp": clamp,
    "clock": clock,
    "coffee maker": coffee_maker,
    "computer keyboard": computer_keyboard,
    "computer monitor": computer_monitor,
    "computer mouse": computer_mouse,
    "cup": cup,
    "desk": desk,
    "dinosaur": dinosaur,
    "dog": dog,
    "doll": doll,
    "door": door,
    "dragon": dragon,
    "dresser": dresser,
    "drill": drill,
    "egg": egg,
    "elephant": elephant,
    "fan": fan,
    "faucet": faucet,
    "figurine": figurine,
    "fire hydrant": fire_hydrant,
    "fish": fish,
    "flashlight": flashlight,
    "flowerpot": flowerpot,
    "fork": fork,
    "frying pan": frying_pan,
    "game cartridge": game_cartridge,
    "game controller": game_controller,
    "guitar": guitar,
    "hair dryer": hair_dryer,
    "hairbrush": hairbrush,
    "hamburger": hamburger,
    "hammer": hammer,
    "handbag": handbag,
    "handheld game console": handheld_game_console,
    "hard drive": hard_drive,
    "hat": hat,
    "headset": headset,
    "helmet": helmet,
    "horse": horse,
    "iron": iron,
    "jar": jar,
    "kettle": kettle,
    "knife": knife,
    "ladder": ladder,
    "ladle": ladle,
    "lamp": lamp,
    "laptop computer": laptop_computer,
    "lion": lion,
    "lunch box": lunch_box,
    "magnifying glass": magnifying_glass,
    "mailbox": mailbox,
    "mallet": mallet,
    "microwave oven": microwave_oven,
    "mirror": mirror,
    "mug": mug,
    "nightstand": nightstand,
    "orange": orange,
    "paintbrush": paintbrush,
    "pear": pear,
    "pen": pen,
    "pencil case": pencil_case,
    "piano": piano,
    "picture frame": picture_frame,
    "pig": pig,
    "pill bottle": pill_bottle,
    "pillow": pillow,
    "pitcher": pitcher,
    "pizza": pizza,
    "plate": plate,
    "pliers": pliers,
    "pot": pot,
    "rabbit": rabbit,
    "ramekin": ramekin,
    "remote control": remote_control,
    "rhinoceros": rhinoceros,
    "sandal": sandal,
    "sandwich": sandwich,
    "saw": saw,
    "scissors": scissors,
    "screwdriver": screwdriver,
    "shoe": shoe,
    "shovel": shovel,
    "sink": sink,
    "skateboard": skateboard,
    "soap dispenser": soap_dispenser,
    "sofa": sofa,
    "spatula": spatula,
    "speaker": speaker,
    "sponge": sponge,
    "spoon": spoon,
    "spray bottle": spray_bottle,
    "stapler": stapler,
    "stool": stool,
    "streetlight": streetlight,
    "suitcase": suitcase,
    "table": table,
    "tablet computer": tablet_computer,
    "tape": tape,
    "teapot": teapot,
    "teddy bear": teddy_bear,
    "telephone": telephone,
    "television set": television_set,
    "toaster": toaster,
    "toilet": toilet,
    "toothbrush": toothbrush,
    "towel": towel,
    "traffic cone": traffic_cone,
    "train": train,
    "trash can": trash_can,
    "truck": truck,
    "tube": tube,
    "umbrella": umbrella,
    "vase": vase,
    "whisk": whisk,
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

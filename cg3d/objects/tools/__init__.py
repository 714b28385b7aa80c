"""Tools."""

from cg3d.objects.tools import (
    bricks,
    cutting_tools,
    fasteners,
    garden_tools,
    hammers,
    hand_tools,
    lenses,
    locks,
    ropes,
    workshop,
)

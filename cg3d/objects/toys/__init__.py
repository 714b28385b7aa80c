"""Toys and statuettes; robots, people: bodies that figures share."""

from cg3d.objects.toys import (
    action_figures,
    balls,
    blocks,
    dice,
    figurines,
    marbles,
    puzzle_cubes,
    rubber_ducks,
    teddy_bears,
)

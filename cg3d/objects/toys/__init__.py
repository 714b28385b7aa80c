"""Toys and statuettes; robots, people: bodies that figures share."""

from cg3d.objects.toys import action_figures, balls, figurines, teddy_bears

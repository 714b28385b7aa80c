"""Toys and statuettes."""

from cg3d.objects.toys import action_figures, balls, figurines, teddy_bears

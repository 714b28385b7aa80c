"""Tools."""

from cg3d.objects.tools import cutting_tools, garden_tools, hammers, hand_tools, lenses, workshop

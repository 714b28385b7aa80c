"""Smaller things about the house."""

from cg3d.objects.household import bells, brushes, cleaning, instruments, plants, stationery

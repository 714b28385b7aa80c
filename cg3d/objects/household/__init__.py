"""Smaller things about the house."""

from cg3d.objects.household import bells, brushes, cards, cleaning, electric, instruments, markers, plants, stationery

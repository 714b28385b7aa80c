"""Furniture, and what stands or hangs beside it in a room."""

from cg3d.objects.furniture import beds, cabinets, clocks, frames, lights, seats, tables

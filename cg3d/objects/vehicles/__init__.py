"""Vehicles."""

from cg3d.objects.vehicles import airplanes, cars, cycles, trains, trucks

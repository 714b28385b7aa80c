"""Containers and packages."""

from cg3d.objects.containers import bins, bottles, boxes, cans, cardboard, jars, lunch_boxes

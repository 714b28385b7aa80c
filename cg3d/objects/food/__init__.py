"""Food."""

from cg3d.objects.food import bread, meals, produce, sweets

"""Food."""

from cg3d.objects.food import bread, fruit, meals, produce, sweets, vegetables

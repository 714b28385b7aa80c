"""Food; growing: the shapes and colours that fruit and vegetables share."""

from cg3d.objects.food import bread, fruit, meals, produce, sweets, vegetables

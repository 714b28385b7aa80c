"""Things of the kitchen that need no power."""

from cg3d.objects.kitchenware import cookware, cutlery, tableware, utensils

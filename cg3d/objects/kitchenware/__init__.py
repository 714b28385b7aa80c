"""Things of the kitchen that need no power."""

from cg3d.objects.kitchenware import baking, coasters, cookware, cutlery, lids, preparing, tableware, timers, utensils

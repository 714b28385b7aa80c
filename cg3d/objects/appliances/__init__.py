"""Electric appliances."""

from cg3d.objects.appliances import blenders, coffee_makers, fans, hand_held, ovens

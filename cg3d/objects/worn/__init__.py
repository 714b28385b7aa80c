"""Things that people wear and carry."""

from cg3d.objects.worn import boots, hats, helmets, luggage, sandals, shoes

"""Things that people wear and carry; shoe_parts: what footwear shares."""

from cg3d.objects.worn import boots, hats, helmets, luggage, sandals, shoes

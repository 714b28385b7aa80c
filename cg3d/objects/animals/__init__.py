"""Animals, most of them as toys and models."""

from cg3d.objects.animals import birds, dinosaurs, domestic, dragons, fish, wild

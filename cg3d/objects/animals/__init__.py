"""Animals, most of them as toys and models; quadrupeds: the body plan of four-legged ones."""

from cg3d.objects.animals import birds, dinosaurs, domestic, dragons, fish, wild

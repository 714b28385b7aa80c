"""The vocabulary of the built-in objects.

draw          random choices
solid         the coloured mesh, and how parts are moved, painted and joined
primitives    boxes, lathes, tubes and other lofts
curves        outlines of sections, curves through points
palette       named colours, woods, metals
bodies        trunks and limbs of living things
casings       rounded boxes of gadgets, with panels and keys
round_bodies  globes, vessels, fluted sides, finely divided profiles
printing      paper labels and printed boxes
supports      legs and star-shaped feet of furniture
resting       poses of finished things
cuboids       boxes that can be rounded, dented and painted in patches
pierced       plates and blocks with holes
"""

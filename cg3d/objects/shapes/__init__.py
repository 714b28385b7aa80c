"""The vocabulary of the built-in objects.

solid         the coloured mesh, and how parts are moved, painted and joined
primitives    boxes, lathes, tubes and other lofts; outlines and curves
palette       named colours, woods, metals
bodies        trunks and limbs of living things
casings       rounded boxes of gadgets, with panels and keys
round_bodies  vessels, fluted sides, finely divided profiles
printing      paper labels and printed boxes
supports      legs and star-shaped feet of furniture
resting       poses of finished things
"""

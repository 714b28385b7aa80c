"""Measures how a bundle finds and names the objects of whole scenes, through the robot's own runtime.

annotated            a scene of which it is known what is in it
simulation layouts   such scenes: made up from single objects; real ones that somebody annotated
findings proposals   what a bundle makes of a scene, and what it had to choose from
boxes overlaps       what true and found objects have in common: volumes, and points; why some are missed
precision figures    average precision; all figures, with their errors over scenes
evaluate             an evaluation, from the bundle to the figures
result               the figures: `scenes.json` and the table
report plots         the files that are written of them
cli                  `cg3d eval-scenes`
"""

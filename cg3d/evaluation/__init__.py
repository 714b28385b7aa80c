"""Measures bundles through the robot's own runtime: named protocols, retrieval, robustness, conditions of robots' scans.

evaluate task protocols    a measurement; the objects and labels that it is of; published settings by name
own_labels                 which objects a robot's own list names
encoders                   embeddings of objects and labels by the bundle's graphs
metrics ranking retrieval  accuracy; rankings; objects found by words, pictures and objects
perturbations robustness   clouds made worse step by step, and the accuracy at each
conditions                 scans as robots take them; condition_figures: the accuracy, and the wrong answers, in each
templates names            prompt templates; names that a user chooses from
result                     the figures: `result.json` and the table
report plots               the folder and the pictures that are written of them
cli                        `cg3d eval`
"""

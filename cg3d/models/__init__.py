"""The model: point encoders, frozen CLIP towers, prompts.

cg3d          all of it together
prompts       learned prompts for the towers
transformer   attention blocks
encoders/     point encoders
towers/       image and text towers
weight_files  weights on disk, without pickle
"""

"""Random changes that leave an object's name true.

points        of a cloud: pose, proportions, noise, missing parts, surroundings
depth_camera  one view of a depth camera
clutter occluder   what stands around and before an object
images        of a picture
"""

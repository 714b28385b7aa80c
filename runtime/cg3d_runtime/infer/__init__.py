"""`cg3d-infer`: name scans from the command line.

cli           the command
bags          recordings among them
labels        the labels that --labels means: a file, words, stdin
inputs        the scans that its arguments mean, depth images included
watch         folders that fill up over time
picture_files the page and the image that it writes
"""

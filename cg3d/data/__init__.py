"""Training data: objects as points, pictures and captions, packed in shards.

samples shards split   an object; packed objects; held-out objects
pack join remote fetch making shards, and getting them from elsewhere
formats/               readers of published data sets
built_in               the built-in objects as a data set
surface pictures       points and pictures of an object
augment/ batches/ drawing/ pickles/   augmentation, loading, rendering, pickled data sets
addresses              paths and URLs
up_axis enough_points  checks of a user's own data
cli                    `cg3d data`
"""

"""From a data set to batches of tensors.

batches         the loader
order balance hard_negatives   the objects of each step
fast_sampling shared_memory    speed and limits of loader processes
"""

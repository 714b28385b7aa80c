"""Pictures of things as embeddings in the space of scans and labels.

fitting: a picture of any size as the image graph takes it. encoder: the image half of a bundle.
"""

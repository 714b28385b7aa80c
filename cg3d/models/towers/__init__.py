"""CLIP's image and text towers, frozen.

towers           any open_clip ViT, or the small towers of cg3d-mini
slip             SLIP's towers
tokenizer        CLIP's tokenizer as a file
open_clip_import the one import of open_clip
architecture     types of its transformers
"""

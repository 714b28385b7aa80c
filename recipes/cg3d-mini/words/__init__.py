"""The teacher of cg3d-mini's text tower: where English words lie in CLIP's text space, learned from free language models.

sources -> language_models, wordnet -> vocabulary, teacher -> kin -> phrasebook -> speaker; foreign beside them. A part of the
recipe: nothing of the product imports it.
"""

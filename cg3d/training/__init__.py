"""`cg3d train`: learn the point encoder and the prompts.

train         the loop
learner       one step: forward, backward, update
objective     the terms of the loss; losses: the contrastive loss itself
features      embeddings of a batch by the three encoders
optimisers    AdamW, SGD and their schedule
held_out      accuracy on held-out objects
processes     several processes as one
progress      bar, log lines and TensorBoard curves
interruption  graceful shutdown
memory        the memory that a step takes
dry_run       what a run would be
cli           the command
"""

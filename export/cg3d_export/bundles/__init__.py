"""Bundle folders: written, signed, verified, compared, served.

writer       a folder that is there whole or not at all
model_card   MODEL_CARD.md; provenance: where a bundle comes from
signing      keys and signatures
verify       `cg3d verify`; compare: `cg3d compare`; triton: `cg3d triton`
triton_python triton_model   of its repository, the model that takes whole scans
cli          these commands
"""

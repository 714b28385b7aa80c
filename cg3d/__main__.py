"""`python -m cg3d`, which is also how torchrun starts it: torchrun --nproc-per-node 2 -m cg3d train ..."""

from cg3d.cli import main

main()

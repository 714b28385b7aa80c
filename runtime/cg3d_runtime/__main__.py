"""`python -m cg3d_runtime` is `cg3d-infer`."""

from cg3d_runtime.entry import infer

if __name__ == "__main__":  # worker processes import it, too
    infer()

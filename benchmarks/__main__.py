"""`python -m benchmarks`, which `scripts/bench` runs."""

from benchmarks.cli import app

if __name__ == "__main__":
    app(prog_name="scripts/bench")

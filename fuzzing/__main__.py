"""`python -m fuzzing`, which `scripts/fuzz` runs."""

from fuzzing.cli import app

if __name__ == "__main__":
    app(prog_name="scripts/fuzz")

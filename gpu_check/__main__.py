from gpu_check.cli import app

app(prog_name="gpu_check")

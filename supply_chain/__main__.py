from supply_chain.cli import app

app(prog_name="supply_chain")

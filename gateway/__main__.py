"""`python -m gateway`, which is what the command `earmark` runs."""

from gateway.cli import main

main(prog_name="earmark")

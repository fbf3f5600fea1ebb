"""`earmark rules`: what decides, edited in files by those whose decisions they are."""

import click

from gateway.commands.rules.check import check, test
from gateway.commands.rules.compare import diff
from gateway.commands.rules.decide import decide
from gateway.commands.rules.kept import history, show_book
from gateway.commands.rules.life import activate, approve, reject, rollback, submit
from gateway.commands.rules.sheets import export_book, import_sheets
from gateway.commands.rules.simulate import simulate
from gateway.commands.rules.why import why


@click.group()
def rules() -> None:
    """Edit, check, try and put in force what decides."""


for command in (
    *(check, test, decide, diff, simulate, why),
    *(submit, approve, reject, activate, rollback),
    *(show_book, history, export_book, import_sheets),
):
    rules.add_command(command)

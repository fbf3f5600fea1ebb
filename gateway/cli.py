"""The command line: one command a question or a job, in `gateway/commands`."""

import click

from gateway.commands.atp import atp
from gateway.commands.bench import bench
from gateway.commands.cases import cases
from gateway.commands.database import migrate, schema
from gateway.commands.demo import demo
from gateway.commands.doctor import doctor
from gateway.commands.explain import explain
from gateway.commands.load import load
from gateway.commands.prove import prove
from gateway.commands.rules import rules
from gateway.commands.serve import serve
from gateway.commands.token import token
from telemetry.logs import configure


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Earmark says what can be promised, where, when and why."""
    configure("WARNING")


for command in (serve, load, rules, explain, atp, cases, demo, bench, prove, schema, migrate, token, doctor):
    main.add_command(command)

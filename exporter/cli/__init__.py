"""The command line: the only room that prints or sets an exit code.

Results go to standard output, errors and progress to standard error, one line an error. Exit codes:
0 done; 1 some sources failed, the others are kept; 2 the command was called wrongly; 3 findings
under ``--strict``. One module a group of commands, one line in ``_COMMANDS`` a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from exporter import __version__
from exporter.cli.check import check_command, ledger_command, why
from exporter.cli.doctor import doctor_command
from exporter.cli.facts import facts_command
from exporter.cli.fill import fill_command
from exporter.cli.load import load_command
from exporter.cli.new import new_command
from exporter.cli.printing import DONE, FAILED, INTERRUPTED, USAGE, fail, tolerate
from exporter.cli.query import query_command
from exporter.cli.run import demo, export_command, run_command
from exporter.cli.taxonomy import formats, taxonomy
from exporter.cli.workbook import workbook_command
from exporter.errors import ExporterError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code. ``arguments`` default to those of the process."""
    for stream in (sys.stdout, sys.stderr):
        tolerate(stream)
    try:
        code = cli.main(args=arguments, prog_name="exporter", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "exporter"
        late = isinstance(error, click.NoSuchOption) and error.option_name == "--log"
        message = "--log stands before the command: exporter --log json run ..." if late else error.format_message()
        end = "" if message.endswith((".", "?", "!")) else "."
        code = fail(f"{message}{end} Try: {path} --help", USAGE)
    except ExporterError as error:
        code = fail(str(error), FAILED)
    except (click.Abort, KeyboardInterrupt):
        code = fail("interrupted; what was finished is kept, and running again completes the rest", INTERRUPTED)
    except OSError as error:
        code = fail(f"{error.filename or 'system'}: {error.strerror or error}", FAILED)
    sys.exit(code or DONE)


class _Group(click.Group):
    """Ends well where the reader of our output has all that it wanted: `exporter ... | head`. Click itself would leave with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="exporter", message="%(prog)s %(version)s")
@click.option(
    "--log",
    type=click.Choice(["none", "text", "json"]),
    default="none",
    show_default=True,
    envvar="EXPORTER_LOG",
    help="Tell what happens on standard error, an event a line (docs/logs.md).",
)
def cli(log: str) -> None:
    """Read earnings releases into a fact store; write XBRL, Excel and CSV from it."""
    if log != "none":
        from exporter.cli.logs import configure

        configure(log)


_COMMANDS: tuple[click.Command, ...] = (
    run_command, demo, export_command, fill_command, workbook_command, check_command, ledger_command, why, query_command,
    facts_command, load_command, formats, taxonomy, new_command, doctor_command,
)  # fmt: skip
for _command in _COMMANDS:
    cli.add_command(_command)

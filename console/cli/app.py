"""The tree of commands, and what every command has in common: one line for an error, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from console.cli import (
    algo,
    audit,
    basket,
    breaks,
    dlq,
    doctor,
    eod,
    events,
    hotkeys,
    journal,
    keys,
    kill,
    lines,
    lock,
    look,
    paper,
    performance,
    pin,
    replay,
    risk,
    settings,
    size,
    stop,
    tca,
    trade,
)
from console.cli import run as running
from console.cli.output import CommandError, complain
from console.config.errors import ConfigError


def build(wanted: str | None = None) -> typer.Typer:
    """All commands; or (`wanted`) at least that one: of those that are verbs of the command language no others."""
    app = typer.Typer(
        name="tradedesk",
        help="A terminal trading console. Without a command: open it, on paper, in the simulated market; "
        "options then are those of `run`.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for module in (
        running,
        stop,
        kill,
        lock,
        trade,
        basket,
        breaks,
        algo,
        dlq,
        look,
        performance,
        tca,
        eod,
        events,
        replay,
        audit,
        journal,
        paper,
        size,
        risk,
        pin,
        settings,
        doctor,
        keys,
        hotkeys,
    ):
        module.register(app)
    names = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    if wanted is None or wanted not in names:
        lines.register(app, wanted)
    else:  # Typer reads the options of every command there is: most of a short command's time
        app.registered_commands = [command for command in app.registered_commands if command.name == wanted]
        app.registered_groups = [group for group in app.registered_groups if group.name == wanted]
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line: 0 done, 1 refused or failed, 2 bad usage. The reason is one line on stderr."""
    arguments = _with_command(arguments)
    try:
        code = build(_first(arguments))(list(arguments), prog_name="tradedesk", standalone_mode=False)
    except CommandError as error:
        return complain(str(error), error.code)
    except ConfigError as error:
        return complain(str(error))
    except (KeyboardInterrupt, typer.Abort):
        return complain("interrupted", 130)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; keep the interpreter from complaining at its end.
        sys.stdout = None
        return 1
    except Exception as error:
        usage = _usage_error(error)
        if usage is None:
            raise
        return complain(usage, 2)
    return code if isinstance(code, int) else 0


def _with_command(arguments: Sequence[str]) -> Sequence[str]:
    """Options alone are those of the console: `tradedesk --slow-link` is `tradedesk run --slow-link`."""
    first = next(iter(arguments), "")
    return ("run", *arguments) if first.startswith("-") and first not in ("-h", "--help") else arguments


def _first(arguments: Sequence[str]) -> str | None:
    """The command; "run" for none, which opens the console, and None where help on all of them is wanted."""
    first = next(iter(arguments), "run")
    return None if first.startswith("-") else first


def _usage_error(error: Exception) -> str | None:
    """The line of a mistake in the arguments; None for any other error."""
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return None
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", None) or "tradedesk"
    text = " ".join(str(format_message()).split()).rstrip(".")
    return f"{text[:1].lower()}{text[1:]}; see {path} --help"

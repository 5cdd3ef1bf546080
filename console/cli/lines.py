"""Commands that are verbs of the command language: each is made from what its verb's file says of it.

Nothing is written twice: name, aliases, words, options and help are the verb's own. Only the verb that is asked for is
imported, since a cancel from a shell should not wait for the files of all others.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

import typer

from console.cli.output import ConfirmOption, JsonFlag, ProfileOption, YesFlag
from console.cli.trade import DryRun, send_line
from console.grammar.registry import Option, Shell, Verb
from console.wire import LineAsk

_NAMED: Final = inspect.Parameter.KEYWORD_ONLY


def register(app: typer.Typer, wanted: str | None = None) -> None:
    """Add the command of the verb that is wanted (by a name or an alias of it), or (None) of every verb."""
    for verb in _verbs(wanted):
        if verb.command is not None:
            for name in (verb.name, *verb.aliases):
                app.command(name, hidden=name != verb.name, help=_help(verb))(_command(verb, verb.command))


def _verbs(wanted: str | None) -> Iterable[Verb]:
    import console.verbs as package

    names = [info.name for info in pkgutil.iter_modules(package.__path__)]
    if wanted in names:
        module = importlib.import_module(f"{package.__name__}.{wanted}")
        return [value for value in vars(module).values() if isinstance(value, Verb)]
    return package.load_verbs()


def _help(verb: Verb) -> str:
    also = f" Also: {', '.join(verb.aliases)}." if verb.aliases else ""
    return f"{verb.summary[:1].upper()}{verb.summary[1:]}.{also}"


def _command(verb: Verb, shell: Shell) -> Callable[..., None]:
    """The function that Typer reads: its signature has what the verb's command takes."""

    def run(**given: Any) -> None:
        words = list(given.get("words") or ())
        for option in shell.options:
            value = given[_field(option)]
            words += [option.word, value] if value else []
        ask = LineAsk(
            verb.name,  # type: ignore[arg-type]  # a test holds the names against those of the wire
            " ".join([verb.name, *words]),
            yes=given.get("yes", False),
            confirm=given.get("confirm", ""),
            dry_run=given.get("dry_run", False),
        )
        send_line(ask, given["profile"], given["json"])

    # Set by hand, as what a decorator would read: Typer takes the names, kinds and defaults from here.
    parameters = list(_parameters(shell))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameters(shell: Shell) -> Iterable[inspect.Parameter]:
    def parameter(name: str, kind: object, default: object = inspect.Parameter.empty) -> inspect.Parameter:
        return inspect.Parameter(name, _NAMED, default=default, annotation=kind)

    if shell.words.startswith("["):
        yield parameter("words", Annotated[list[str] | None, typer.Argument(metavar=shell.words.strip("[]"))], None)
    elif shell.words:
        yield parameter("words", Annotated[list[str], typer.Argument(metavar=shell.words)])
    for option in shell.options:
        kind = Annotated[str, typer.Option(option.flag, metavar=option.metavar, help=option.help)]
        yield parameter(_field(option), kind, inspect.Parameter.empty if option.required else "")
    if shell.dry_run:
        yield parameter("dry_run", DryRun, default=False)
    if shell.yes:
        yield parameter("yes", YesFlag, default=False)
    if shell.confirm:
        yield parameter("confirm", ConfirmOption, "")
    yield parameter("profile", ProfileOption, None)
    yield parameter("json", JsonFlag, default=False)


def _field(option: Option) -> str:
    return option.flag.removeprefix("--").replace("-", "_")

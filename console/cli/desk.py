"""Finding the running desk, and asking it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from console.cli.output import CommandError, complain, print_json
from console.client import NoDeskError, SilentDeskError, ask
from console.config.paths import Paths, StatePaths
from console.wire import Answer, Ask

#: Longer than the desk itself waits for anything it is asked (a graceful stop).
ANSWER_S = 75.0
#: Names the socket of a desk that runs under another login.
SOCKET = "TRADEDESK_SOCKET"


def state_of(profile: str | None) -> StatePaths:
    """The state folder of the profile. Raises ConfigError."""
    from console.config.profiles import load_profile

    paths = Paths.of(os.environ)
    _, chosen = load_profile(paths, profile)
    return paths.state_of(chosen.mode, chosen.account, chosen.journal.url, chosen.broker)


def socket_of(profile: str | None) -> Path:
    """Where to reach the desk: `TRADEDESK_SOCKET` (the desk of another login), else the profile's own. Raises
    ConfigError."""
    given = os.environ.get(SOCKET)
    return Path(given) if given else state_of(profile).socket


def ask_desk(request: Ask, profile: str | None) -> Answer:
    """Ask the desk of that profile. Raises ConfigError, and CommandError when there is none or it says nothing."""
    try:
        return ask(socket_of(profile), request, ANSWER_S)
    except (NoDeskError, SilentDeskError) as error:
        raise CommandError(str(error)) from None


def result_of(answer: Answer) -> Any:
    """What the desk said. Raises CommandError when it refused."""
    if not answer.ok:
        raise CommandError(answer.error, answer.exit)
    return answer.result


def refused(answer: Answer, as_json: bool) -> int:
    """Report a refusal: its result as JSON where asked for, the reason on stderr."""
    if as_json and answer.result is not None:
        print_json(answer.result)
    return complain(answer.error, answer.exit)

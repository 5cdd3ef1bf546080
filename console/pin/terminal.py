"""A PIN read from the terminal itself: not echoed, and never from an argument, the environment or a pipe."""

from __future__ import annotations

import contextlib
import getpass
import os
import resource
import warnings

from console.pin.vault import PinError
from engine.model.secret import Secret


def ask_pin(prompt: str) -> Secret:
    """What is typed behind the prompt, without its end. Raises PinError where there is no terminal to hide it on."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        raise PinError("the PIN is read from the terminal, and there is none") from None
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return Secret(getpass.getpass(prompt))
        except (getpass.GetPassWarning, EOFError):
            raise PinError("the PIN can't be read without showing it on this terminal") from None


def forbid_core_dumps() -> None:
    """A process that is told a PIN leaves no picture of its memory behind."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

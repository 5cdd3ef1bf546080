"""One hook: whom it tells, of what, and how."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from typing import Final

import msgspec

from console.hooks.errors import HookError
from engine.model.enums import AlertLevel

#: All that a program sees of this desk's environment: what may hold a secret stays here.
KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LOGNAME")


class Hook(msgspec.Struct, frozen=True):
    """`timeout_s`: how long one call may take. `every_s`: the shortest time from one call to the next."""

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    level: AlertLevel = AlertLevel.ALARM
    codes: frozenset[str] = frozenset()
    timeout_s: float = 10.0
    every_s: float = 1.0

    def wants(self, level: AlertLevel, code: str) -> bool:
        """Whether it is told of such an alert."""
        return level >= self.level and (not self.codes or code in self.codes)

    def call(self, body: bytes) -> None:
        """Hand over one message, waiting for the answer. Raises HookError."""
        if self.command:
            _run(self.command, body, self.timeout_s)
        else:
            from console.hooks.post import post  # an HTTP client takes its time to load, and few desks have such a hook

            post(self.url, body, self.timeout_s)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program that is run gets of ours."""
    return {name: environ[name] for name in KEPT if name in environ}


def _run(command: tuple[str, ...], body: bytes, timeout_s: float) -> None:
    """The program itself, no shell between; one that takes too long is killed with all that it started."""
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(os.environ),
            cwd="/",
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise HookError(f"the program can't be started: {what.lower()}") from None
    try:
        child.communicate(body, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise HookError(f"the program took longer than {timeout_s:g} s and was ended") from None
    if child.returncode:
        raise HookError(f"the program ended with {child.returncode}")

"""One hook: whom it tells, of what, and how."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Final

import msgspec

from engine.model.enums import AlertLevel

#: All that a program sees of this desk's environment: what may hold a secret stays here.
KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LOGNAME")


class HookError(Exception):
    """A call failed. The text names no argument and no address."""


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
            _post(self.url, body, self.timeout_s)


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


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A message goes where it was meant to go, and nowhere else."""

    def redirect_request(self, *args: object, **more: object) -> None:
        return None


def _post(url: str, body: bytes, timeout_s: float) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "User-Agent": "tradedesk"})
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout_s) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        raise HookError(f"the address answered {error.code}") from None
    except TimeoutError:
        raise HookError(f"the address took longer than {timeout_s:g} s") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None)
        what = reason.strerror if isinstance(reason, OSError) and reason.strerror else type(reason or error).__name__
        raise HookError(f"the address can't be reached: {what.lower()}") from None

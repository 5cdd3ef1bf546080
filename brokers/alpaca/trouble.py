"""Why a connection did not come about, in plain words: libraries say it in the names of their classes. And what an
answer proves that can't be read."""

from __future__ import annotations

import contextlib
from typing import Final

from engine.protocol import AmbiguousError

LONGEST: Final = 160
_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted (a proxy in between, or a wrong clock here)"),
    ("NameResolutionError", "its name is not known here (no network, or a wrong address)"),
    ("Name or service not known", "its name is not known here (no network, or a wrong address)"),
    ("name resolution", "its name is not known here (no network, or a wrong address)"),
    ("Connection refused", "nothing listens there (connection refused)"),
    ("Connect call failed", "nothing listens there (connection refused)"),
    ("ProxyError", "the proxy does not let it through"),
    ("unreachable", "there is no way to it from here (network unreachable)"),
    ("No route to host", "there is no way to it from here (no route)"),
    ("ConnectTimeout", "no answer to the connection"),
    ("ReadTimeout", "no answer in time"),
    ("RemoteDisconnected", "it was closed without an answer"),
    ("ConnectionResetError", "it was closed without an answer"),
)


def in_words(error: BaseException) -> str:
    """What is known by its words, else the library's own, cut."""
    text = f"{type(error).__name__}: {error}"
    return next((words for mark, words in _WORDS if mark in text), text[:LONGEST])


class readable(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads like the function that it is
    """What can't be read in an answer makes the answer ambiguous, never empty."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ValueError | KeyError | TypeError | AttributeError):
            raise AmbiguousError(f"Alpaca's answer can't be read: {type(error).__name__}: {error}"[:200]) from error

"""How a request can end other than with success: what each error proves of it.

Only RefusedError and its kin prove that an order is not alive at the broker. AmbiguousError (a time-out, a reset, a 5xx
after the bytes were handed over) proves nothing. What an adapter raises besides is a defect and counts as ambiguous.
"""

from __future__ import annotations


class BrokerError(Exception):
    """Base of everything a broker request can end with other than success."""


class AmbiguousError(BrokerError):
    """The outcome is not known: the request may or may not have been accepted. Never re-send on this. The order stands
    as UNKNOWN, its money reserved, until the broker's books say what became of it."""


class RefusedError(BrokerError):
    """The broker said no; the request had and will have no effect. The order is over: its money is free again."""


class ThrottledError(RefusedError):
    """Refused for rate, before anything was accepted. `retry_after_s`: how long the broker asked us to wait, if it
    said so (HTTP Retry-After)."""

    def __init__(self, *args: object, retry_after_s: float | None = None) -> None:
        super().__init__(*args)
        self.retry_after_s = retry_after_s


class AuthError(RefusedError):
    """Credentials or permission are missing or wrong. Tried again at a slow pace only, so that nobody is locked out."""


class WrongAccountError(AuthError):
    """The broker's account is not the one that the profile names, or of another kind of money."""


class NotSupportedError(RefusedError):
    """The broker (or this adapter) can't do that; nothing was sent."""


class NotConnectedError(RefusedError):
    """There is no session; nothing was handed over."""

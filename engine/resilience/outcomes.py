"""What the end of a request says: every exception, an adapter's defects too, is one of the protocol's few outcomes."""

from __future__ import annotations

from enum import Enum

from engine.protocol import (
    AuthError,
    BrokerError,
    NotConnectedError,
    NotSupportedError,
    RefusedError,
    ThrottledError,
)


class Outcome(Enum):
    """Of a request that was not answered with success."""

    AMBIGUOUS = "ambiguous"
    """Nobody knows whether it had an effect."""
    REFUSED = "refused"
    THROTTLED = "throttled"
    AUTH = "auth"
    NOT_SUPPORTED = "not supported"
    NOT_CONNECTED = "not connected"
    """Nothing was handed over."""

    @property
    def is_answer(self) -> bool:
        """Whether the broker is there and has said something: no failure of the connection."""
        return self is Outcome.REFUSED or self is Outcome.NOT_SUPPORTED

    @property
    def is_failure(self) -> bool:
        """Whether the breaker counts it. A throttle is an answer with a remedy of its own; without a session nothing
        was asked."""
        return self is Outcome.AMBIGUOUS

    @property
    def may_pass(self) -> bool:
        """Whether the same read or cancel may succeed a little later in the same session."""
        return self is Outcome.AMBIGUOUS or self is Outcome.THROTTLED


def outcome_of(error: Exception) -> Outcome:
    """What an error proves. A defect after the hand-over proves nothing."""
    for kind, outcome in (
        (ThrottledError, Outcome.THROTTLED),
        (AuthError, Outcome.AUTH),
        (NotSupportedError, Outcome.NOT_SUPPORTED),
        (NotConnectedError, Outcome.NOT_CONNECTED),
        (RefusedError, Outcome.REFUSED),
    ):
        if isinstance(error, kind):
            return outcome
    return Outcome.AMBIGUOUS


def words_of(error: Exception, timeout_s: float) -> str:
    """The error in one line for people."""
    if isinstance(error, BrokerError):
        return str(error) or type(error).__name__
    if isinstance(error, TimeoutError):
        return str(error) or f"no answer within {timeout_s:g} s"
    return f"{type(error).__name__}: {error}"


def retry_after_s(error: Exception) -> float:
    """How long the broker asked us to wait; 0 when it did not say."""
    wait = error.retry_after_s if isinstance(error, ThrottledError) else None
    return max(wait or 0.0, 0.0)

"""The protocol between a served paper broker and its clients: one JSON object a line, over a Unix socket.

`{"kind": "BrokerOrder", "no": 7, "body": {...}}`: the body is the struct that the kind names; an answer
carries the number of its request, everything else has 0. Decimals are texts, times integer nanoseconds.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from brokers.paper import messages as m
from engine import protocol as p
from engine.model.fees import FeeSchedule
from engine.model.market import Bar, MarketEvent, Quote, Trade
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace

PROTOCOL: Final = 1
#: The longest line that a server reads, and that a client reads (all executions of an account are one).
REQUEST_LIMIT: Final = 1 << 16
ANSWER_LIMIT: Final = 1 << 26


class Hello(msgspec.Struct, frozen=True):
    """First line of a client. `account` must be the server's."""

    protocol: int
    account: str


class Welcome(msgspec.Struct, frozen=True):
    """The session is open. `session` counts the server's sessions since its start."""

    protocol: int
    account: str
    session: int
    market: str
    max_requests_per_s: int = 1000
    """What the server takes of one session in any second; the rest is throttled."""
    fees: FeeSchedule | None = None
    """What it charges."""


class Subscribe(msgspec.Struct, frozen=True):
    """Send quotes and prints of these symbols from now on, besides those asked for before."""

    symbols: tuple[str, ...]


class Goodbye(msgspec.Struct, frozen=True):
    """Last line of a server, and the reason."""

    reason: str


Body: TypeAlias = m.Request | m.Answer | p.Report | MarketEvent | Hello | Welcome | Subscribe | Goodbye

_TYPES: Final[tuple[type[Body], ...]] = (
    *(BrokerOrder, BrokerCancel, BrokerReplace, m.CancelAll),
    *(m.AskOrder, m.AskOpenOrders, m.AskExecutions, m.AskPositions, m.AskAccount, m.AskInstrument),
    *(m.AskTime, m.ServerTime),
    *(m.Taken, m.Failed, m.OneOrder, m.Orders, m.Executions, m.Positions, m.Account, m.OneInstrument),
    *(p.Accepted, p.Rejected, p.Filled, p.Canceled, p.CancelRejected, p.Replaced, p.ReplaceRejected),
    *(p.Expired, p.DoneForDay, p.Triggered, p.Busted, p.Corrected, p.Connected, p.Disconnected),
    *(p.Pending, p.Suspended, p.Reinstated, p.Stopped, p.Calculated, p.Restated, p.OrderStatusReport),
    *(Quote, Trade, Bar, Hello, Welcome, Subscribe, Goodbye),
)
_DECODERS: Final = {kind.__name__: msgspec.json.Decoder(kind) for kind in _TYPES}


class _Frame(msgspec.Struct):
    kind: str
    no: int
    body: msgspec.Raw


_ENCODER: Final = msgspec.json.Encoder()
_FRAMES: Final = msgspec.json.Decoder(_Frame)


def number_of(line: bytes) -> int:
    """The number of the request that an unreadable line seems to answer; 0 when not even that can be read."""
    try:
        return _FRAMES.decode(line).no
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0


class WireError(Exception):
    """A line is not of this protocol."""


def encode(no: int, body: Body) -> bytes:
    """One line."""
    return _ENCODER.encode(_Frame(type(body).__name__, no, msgspec.Raw(_ENCODER.encode(body)))) + b"\n"


def decode(line: bytes) -> tuple[int, Body]:
    """(number, body) of a line. Raises WireError."""
    try:
        frame = _FRAMES.decode(line)
        return frame.no, _DECODERS[frame.kind].decode(frame.body)
    except KeyError:
        raise WireError(f"kind {frame.kind!r} is not known") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(f"{error} in {line[:80]!r}") from None

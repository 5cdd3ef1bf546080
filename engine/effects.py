"""What the core wants done in the world. The shell carries effects out after the facts of their batch are durable."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace, Contingency
from engine.model.scope import DESK
from engine.risk.approval import Approved
from engine.risk.limits import Limits


class SubmitOrder(msgspec.Struct, frozen=True, gc=False):
    """Hand the order to its broker. Only an `Approved` order made by the risk engine fits."""

    approved: Approved[BrokerOrder]
    liquidation: bool = False
    """Of a liquidation, or a held exit whose time has come: it takes the privileged lane and tries also while the
    breaker is open."""


class SubmitGroup(msgspec.Struct, frozen=True, gc=False):
    """Hand a whole group to a broker that holds it (engine.protocol.TakesGroups): the entry first where it has one,
    then the legs. Only `Approved` orders fit."""

    contingency: Contingency
    approved: Sequence[Approved[BrokerOrder]]


class ReplaceOrder(msgspec.Struct, frozen=True, gc=False):
    """Hand the cancel/replace to the broker."""

    approved: Approved[BrokerReplace]


class CancelOrder(msgspec.Struct, frozen=True, gc=False):
    """Hand the cancel to the broker. `urgent` puts it into the kill's lane, ahead of everything queued."""

    cancel: BrokerCancel
    urgent: bool = False


class CancelAll(msgspec.Struct, frozen=True, gc=False):
    """Cancel everything of ours in an account with one request, where the broker takes that (CancelAllScope.OURS); the
    kill's lane. `cancels`: the same, order by order, for when it is refused or not answered."""

    account: str
    cancels: tuple[CancelOrder, ...]


class QueryOrder(msgspec.Struct, frozen=True, gc=False):
    """Ask the broker about one order; the answer comes back as an OrderEvidence input."""

    account: str
    cl_ord_id: str


class QuerySnapshot(msgspec.Struct, frozen=True, gc=False):
    """Ask the broker for open orders, executions, positions and cash; answered by a BrokerSnapshot input."""

    account: str
    reason: str


class RenewSession(msgspec.Struct, frozen=True, gc=False):
    """End the broker session and open another: what was handed over on one that is over can be proven absent."""

    account: str
    reason: str


class CloseGate(msgspec.Struct, frozen=True, gc=False):
    """Close the in-memory gate and persist the kill latch beside the journal. `scope`: whose gate; one that is narrower
    than the desk's has `seq` instead of the epoch."""

    epoch: int
    by: str
    reason: str
    scope: str = DESK
    seq: int = 0


class OpenGate(msgspec.Struct, frozen=True, gc=False):
    """Open the gate and remove the latch: the audited resume is durable."""

    epoch: int
    by: str
    reason: str
    scope: str = DESK
    seq: int = 0


class UseLimits(msgspec.Struct, frozen=True, gc=False):
    """Other limits are in force: the quote cache judges ages and the feed's heartbeat by them."""

    limits: Limits


class ListInstrument(msgspec.Struct, frozen=True, gc=False):
    """An instrument was listed: it is to be quoted from now on."""

    instrument: Instrument


class Reply(msgspec.Struct, frozen=True):
    """Answer to the command `cmd_id`, released when what the command decided is durable."""

    cmd_id: int
    result: object


Effect = (
    SubmitOrder
    | SubmitGroup
    | ReplaceOrder
    | CancelOrder
    | CancelAll
    | QueryOrder
    | QuerySnapshot
    | RenewSession
    | CloseGate
    | OpenGate
    | ListInstrument
    | UseLimits
    | Reply
)

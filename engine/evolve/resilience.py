"""Brokers in trouble: breakers, health, clock skew, and the letters that could not be delivered."""

from __future__ import annotations

from engine import facts as f
from engine.model.sessions import ToldSession
from engine.state import DeadLetter, DeskState, Skew, ToldMargin

#: Letters of algos and liquidations are information; so many are kept for the eye, all are in the journal.
KEPT_OWNED = 200


def breaker_set(state: DeskState, fact: f.BreakerSet, now: int, market: int) -> None:
    if fact.state == "closed":
        state.breakers.pop(fact.broker, None)
    else:
        state.breakers[fact.broker] = fact.state


def broker_health_set(state: DeskState, fact: f.BrokerHealthSet, now: int, market: int) -> None:
    if fact.health == "ok":
        state.health.pop(fact.broker, None)
    else:
        state.health[fact.broker] = fact.health


def clock_skew_set(state: DeskState, fact: f.ClockSkewSet, now: int, market: int) -> None:
    if fact.level == "ok":
        state.skews.pop(fact.broker, None)
    else:
        state.skews[fact.broker] = Skew(fact.level, fact.skew_ns, fact.limit_ns)


def margin_told(state: DeskState, fact: f.MarginTold, now: int, market: int) -> None:
    state.margins[fact.account] = ToldMargin(fact.broker, fact.margin, now)


def sessions_told(state: DeskState, fact: f.SessionsTold, now: int, market: int) -> None:
    told = ToldSession(fact.broker, fact.day, fact.ours, fact.theirs)
    state.told_sessions[(fact.account, fact.calendar)] = told


def dead_lettered(state: DeskState, fact: f.DeadLettered, now: int, market: int) -> None:
    state.letters[fact.no] = DeadLetter(
        fact.no,
        fact.cl_ord_id,
        fact.cause,
        fact.reason,
        fact.owner,
        fact.orig_cl_ord_id,
        fact.qty,
        fact.limit_px,
        fact.stop_px,
        now,
    )
    state.next_letter = fact.no + 1
    if fact.owner:
        owned = [no for no, letter in state.letters.items() if letter.owner]
        for no in owned[: len(owned) - KEPT_OWNED]:
            del state.letters[no]


def dead_letter_closed(state: DeskState, fact: f.DeadLetterClosed, now: int, market: int) -> None:
    state.letters.pop(fact.no, None)

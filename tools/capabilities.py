"""docs/broker-capabilities.md: what each adapter declares, side by side, from the declarations themselves."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from brokers.alpaca.adapter import AlpacaBroker
from brokers.alpaca.can import CAPABILITIES as ALPACA
from brokers.ibkr.adapter import IbkrBroker
from brokers.ibkr.capabilities import CAPABILITIES as IBKR
from brokers.paper.calls import CAPABILITIES as PAPER
from brokers.paper.remote import RemotePaper
from brokers.template.adapter import CAPABILITIES as TEMPLATE
from brokers.template.adapter import TemplateBroker
from engine.protocol import Capabilities

SECOND_NS = 1_000_000_000
HEAD = (
    "What each adapter declares (`engine/protocol/capabilities.py`). What is not declared is refused before anything "
    "is sent, with a reason in words; the last column says what the desk does in its stead. The conformance suite "
    "holds each adapter to its own declaration. `template` is the adapter to copy ([adapters](adapters.md)), of a "
    "broker that does not exist.\n\n"
)


def _words(members: frozenset[Enum]) -> str:
    """Members in the order of their vocabulary."""
    kind = type(next(iter(members)))
    return "all" if members == frozenset(kind) else ", ".join(str(m.value) for m in kind if m in members)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _rates(c: Capabilities) -> str:
    windows = [f"{n} in {ns // SECOND_NS} s" for n, ns in c.rate_limits]
    return ", ".join([f"{c.max_requests_per_s} in 1 s", *windows])


def _again(c: Capabilities) -> str:
    return f"after {c.resend_interval_ns / SECOND_NS:g} s" if c.resend_interval_ns else "no"


def _classes(c: Capabilities) -> str:
    """In what some classes of instruments differ."""
    parts = []
    for kind, less in c.by_class.items():
        parts.append(f"{kind.value}: {_words(less.ord_types)}; {_words(less.times_in_force)}")
    return ". ".join(parts) or "-"


ROWS: tuple[tuple[str, Callable[[Capabilities], str], str], ...] = (
    ("order types", lambda c: _words(c.ord_types), "stops and trailing stops: held by the desk, sent when triggered"),
    ("times in force", lambda c: _words(c.times_in_force), "gtd, opg, cls: held or ended by the desk"),
    ("asset classes", lambda c: _words(c.asset_classes), "refused"),
    ("less for some classes", _classes, "as above"),
    ("packages of several legs", lambda c: _yes(c.multileg), "refused"),
    ("groups that it holds", lambda c: ", ".join(sorted(c.groups)) or "no", "held by the desk, one leg at the broker"),
    ("algorithms of its own (`via`)", lambda c: ", ".join(c.algos) or "no", "refused"),
    ("fractions", lambda c: _yes(c.fractional), "refused"),
    ("extended hours", lambda c: _yes(c.extended_hours), "refused"),
    ("short sales", lambda c: _yes(c.short), "refused"),
    ("replace", lambda c: _yes(c.replace), "refused: cancel, then place anew"),
    ("replace is cancel and new", lambda c: _yes(c.replace_is_cancel_new), "(where it is, both are reserved)"),
    ("replace of an unanswered replace", lambda c: _yes(c.chained_replaces), "waits for the answer"),
    ("replace of a filled order", lambda c: _yes(c.replace_filled), "refused"),
    ("cancel-all hits", lambda c: c.cancel_all.value, "the kill switch cancels by id, unless it hits ours alone"),
    ("cancels when the session ends", lambda c: _yes(c.cancel_on_disconnect), "orders stay as they were known"),
    ("ids are unique for ever", lambda c: _yes(c.unique_ids_enforced), "an order in doubt is never sent again"),
    ("a lost order may go out again", _again, "the operator decides (`resolve`, `resend`)"),
    ("proof of absence", lambda c: c.absence_proof.value.replace("_", " "), "UNKNOWN, its money reserved"),
    ("requests", _rates, "the desk keeps to it, a share is kept for cancels"),
)  # fmt: skip

#: What an adapter has besides: (what, the method that makes it so, what happens without it).
BESIDES = (
    ("tells its time", "server_time_ns", "the clocks are not compared"),
    ("tells its sessions", "sessions", "the desk's tables are not compared with it"),
)


def columns() -> dict[str, tuple[Capabilities, type]]:
    """Each broker's declaration and adapter, by its name."""
    return {
        "paper": (PAPER, RemotePaper),
        "alpaca": (ALPACA, AlpacaBroker),
        "ibkr": (IBKR, IbkrBroker),
        "template": (TEMPLATE, TemplateBroker),
    }


def capabilities_page(made: str) -> str:
    """docs/broker-capabilities.md"""
    brokers = columns()
    lines = ["| | " + " | ".join(brokers) + " | without it |", "|---|" + "---|" * (len(brokers) + 1)]
    for what, cell, instead in ROWS:
        lines.append(f"| {what} | " + " | ".join(cell(c) for c, _ in brokers.values()) + f" | {instead} |")
    for what, method, instead in BESIDES:
        lines.append(
            f"| {what} | " + " | ".join(_yes(hasattr(kind, method)) for _, kind in brokers.values()) + f" | {instead} |"
        )
    return f"# What each broker can do\n\n{made}{HEAD}" + "\n".join(lines) + "\n"

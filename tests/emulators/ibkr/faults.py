"""What goes wrong, and when: a queue of troubles for each kind of request and of report."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

LATE_S = 0.65
"""How long a late request stays under way: longer than the adapters under test wait."""
SOON_S = 0.2
"""How long a delayed report stays under way."""

#: Number of a client's message -> the kind of request that it is; an order may also be `replace`, `what_if` or `child`
#: (of another order; a `submit`, too), and what is open is asked for by `query` as well as by `open`.
KINDS = {
    3: "submit", 4: "cancel", 58: "cancel_all", 5: "query", 16: "query", 99: "completed", 7: "executions",
    61: "positions", 6: "account", 62: "account", 76: "account", 9: "contract", 1: "data", 20: "bars", 49: "time",
}  # fmt: skip
#: A fault of a request after which the gateway only adds a word of warning: its code, and what it says.
WARNINGS = {
    "preset": (10349, "Order TIF was set to DAY based on order preset."),
    "warned": (399, "Order Message:\nWarning: your order will not be placed at the exchange until the next open"),
    "competing": (10197, "No market data during competing live session"),
    "outside": (2109, "Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored."),
    "locating": (404, "Order held while securities are located."),
}
BEFORE = frozenset(
    {"lost", "late", "reset_before", "refused", "throttled", "crossed", "pending", "busy", "doubled", "orphaned"}
)
"""Faults that strike before the request is processed."""

AFTER = frozenset({"unanswered", "reset_after", "torn", "error_after", "unreadable", "novel"})
"""Those that strike once it is."""
REPORTS = frozenset({"accepted", "filled", "canceled", "replaced", "rejected"})
SPOILT = frozenset({"dropped", "twice", "swapped", "delayed", "malformed", "novel"})


@dataclass
class Faults:
    """`requests` and `updates`: what becomes of the next ones of a kind.

    Requests: `lost`, `late`, `unanswered`, `reset_before`, `reset_after`, `torn`, `error_after`, `unreadable`,
    `refused`, `throttled`, `novel` (the answer to a question has words that nobody knows), and the names of `WARNINGS`.
    Cancels and changes may be `crossed` by a fill; a cancel may be `pending` for a while, in which the order still
    trades; a change may be turned away as too early (`busy`, 2102), or leave the old order alive beside the new one
    (`doubled`). A child may be taken for one whose parent is not there (`orphaned`).
    Updates (`accepted`, `filled`, `canceled`, `replaced`, `rejected`): `dropped`, `twice`, `swapped`, `delayed`,
    `malformed`, `novel`.
    """

    requests: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    updates: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    silent: bool = False
    """No report goes out; questions are answered."""
    unreachable: bool = False
    """Connections are reset at once."""
    mute: bool = False
    """Connections are taken and the greeting is not answered."""
    storm: int = 0
    """So many of the next connections break right after the greeting."""
    drop_fills: int = 0
    """Of so many fills one is dropped, with all of its messages (0: none)."""
    drop_statuses: int = 0
    """Of so many orderStatus messages one is dropped."""
    drop_executions: int = 0
    """Of so many execution messages one is dropped."""
    unlisted_since_ns: int = 0
    """What is executed from then on is not in the list of executions; positions and cash have it (0: all is listed)."""
    commissions: str = "after"
    """`after` the execution, `late` (0.2 s), or `never`."""
    quick_market: bool = False
    """Market orders that trade at once have no orderStatus of their own, which the broker does not promise."""
    double_statuses: bool = False
    """Every orderStatus comes twice, as it often does."""
    late_s: float = LATE_S
    soon_s: float = SOON_S
    fills: int = 0
    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def expect(self, kind: str, fault: str) -> None:
        """The next request of this kind goes wrong. Raises ValueError for a word that is not known."""
        if kind not in {*KINDS.values(), "replace", "what_if", "open", "child"} or fault not in {
            *AFTER,
            *BEFORE,
            *WARNINGS,
        }:
            raise ValueError(f"no such request or fault: {kind} {fault}")
        self.requests[kind].append(fault)

    def spoil(self, kind: str, fault: str) -> None:
        """The next report of this kind goes wrong. Raises ValueError for a word that is not known."""
        if kind not in REPORTS or fault not in SPOILT:
            raise ValueError(f"no such report or fault: {kind} {fault}")
        self.updates[kind].append(fault)

    def next_request(self, kind: str) -> str:
        for name in {"query": (kind, "open"), "child": (kind, "submit")}.get(kind, (kind,)):
            if self.requests[name]:
                return self.requests[name].popleft()
        return ""

    def next_update(self, kind: str) -> str:
        if kind == "filled" and self.drop_fills:
            self.fills += 1
            if self.fills % self.drop_fills == 0:
                return "dropped"
        queue = self.updates[kind]
        return queue.popleft() if queue else ""

    def drops(self, number: object) -> bool:
        """Whether this message is the one of so many that is lost."""
        every = {3: self.drop_statuses, 11: self.drop_executions}.get(number if isinstance(number, int) else 0, 0)
        if not every:
            return False
        assert isinstance(number, int)
        self.counts[number] += 1
        return self.counts[number] % every == 0


#: Number of a message of the gateway -> its fields that may carry a word which nobody knows yet.
_OPEN_WORDS: dict[object, tuple[tuple[int, str], ...]] = {
    3: ((2, "BrandNewStatus"),),
    5: ((15, "BRAND NEW"), (18, "BNW")),
    11: ((17, "HELIX"), (30, "97")),
    61: ((10, "HELIX"), (13, "HELIX")),
    101: ((14, "BRAND NEW"), (17, "BNW")),
}


def strange(rows: Sequence[list[object]]) -> list[list[object]]:
    """The messages with words that nobody knows, behind one whose number nobody knows."""
    spoilt: list[list[object]] = [[250, 1, "helix"]]
    for row in rows:
        changed = list(row)
        for at, word in _OPEN_WORDS.get(row[0], ()):
            changed[at] = word
        spoilt.append(changed)
    return spoilt


def cut_short(fields: Sequence[object]) -> list[object]:
    """Half of a message's fields, the last of them spoilt."""
    return [*fields[: max(2, len(fields) // 2)], "\ufffdspoilt"]

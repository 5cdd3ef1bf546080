"""How hostile one history is, drawn from its seed. A fault that is off makes what is left of the history plainer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from engine.protocol import AbsenceProof
from tests.simulation.bonds import Way


@dataclass(slots=True)
class Profile:
    """Probabilities per event (0 = never), and what the broker is like."""

    kind: str = "calm"
    # reports on their way to us
    lost: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    slow: float = 0.0
    replayed: float = 0.5
    """Reports that a dropped session left undelivered come with the next one."""
    # requests
    refused: float = 0.0
    before: float = 0.0
    """Time-out, and the request never arrived."""
    after: float = 0.0
    """Time-out, though the request arrived."""
    late: float = 0.0
    """Time-out, and the request arrives after it."""
    throttled: float = 0.0
    """A submit, replace, cancel or question is refused for its rate, sometimes with a time to come back."""
    burst: float = 0.0
    """Per step: for some seconds every request ends with a 5xx, before or after it had its effect."""
    sluggish: float = 0.0
    """Per step: for some seconds every answer takes long."""
    skew: float = 0.0
    """Per step: the broker's clock is set to another time."""
    tells_time: bool = False
    # the broker's own doings
    rejects: float = 0.0
    rejects_after_ack: float = 0.0
    cancel_refused: float = 0.0
    cancel_lost: float = 0.0
    replace_refused: float = 0.0
    unsolicited: float = 0.0
    bust: float = 0.0
    correct: float = 0.0
    amendments_lost: bool = False
    external: float = 0.0
    pauses: float = 0.0
    """The broker suspends orders, and takes them up again."""
    restates: float = 0.0
    """The broker declines a part of an order."""
    # the connection and we
    disconnect: float = 0.0
    crash: float = 0.0
    journal_down: float = 0.0
    stall: float = 0.0
    raises: float = 0.0
    """A kind of algo raises when it is asked something."""
    # what it is like
    absence: AbsenceProof = AbsenceProof.NEW_SESSION
    says_cum: bool = True
    lagging_positions: bool = False
    has_replace: bool = True
    has_stops: bool = True
    chained: bool = False
    done_for_day: bool = False
    """At the end of its day it says "done for day" of orders, of those that are good till cancelled as well."""
    rate: int = 50
    page: int = 50
    bad_quotes: float = 0.02
    silence: float = 0.0
    external_ids: bool = True
    resends: bool = False
    """The broker enforces that ids are unique, and the desk may hand an order over again under its id."""
    fee: Decimal = Decimal(0)
    groups: Way = ""
    """How the broker holds brackets, oto and oco by itself ("": it does not)."""
    fond_of_groups: bool = False
    """Groups are what the trader does most."""


def calm(rng: Random) -> Profile:
    """An honest, quick broker and a machine that doesn't fail."""
    return Profile(
        fee=rng.choice((Decimal(0), Decimal("0.005"))),
        has_replace=rng.random() < 0.9,
        has_stops=rng.random() < 0.6,
    )


def profile_of(rng: Random) -> Profile:
    """One history's faults: each is on in some histories and then strong, so that combinations meet."""
    profile = calm(rng)
    if rng.random() < 0.08:
        return profile
    profile.kind = "hostile"

    def some(share: float, low: float, high: float) -> float:
        return low + (high - low) * rng.random() if rng.random() < share else 0.0

    profile.lost = some(0.4, 0.02, 0.3)
    profile.doubled = some(0.4, 0.05, 0.4)
    profile.reordered = some(0.4, 0.05, 0.5)
    profile.slow = some(0.4, 0.02, 0.3)
    profile.replayed = rng.choice((0.0, 0.5, 1.0))
    profile.refused = some(0.4, 0.02, 0.15)
    profile.before = some(0.4, 0.02, 0.15)
    profile.after = some(0.4, 0.02, 0.15)
    profile.late = some(0.4, 0.02, 0.15)
    profile.throttled = some(0.3, 0.02, 0.25)
    profile.burst = some(0.3, 0.005, 0.03)
    profile.sluggish = some(0.3, 0.005, 0.03)
    profile.tells_time = rng.random() < 0.5
    profile.skew = some(0.4, 0.005, 0.04) if profile.tells_time else 0.0
    profile.rejects = some(0.4, 0.02, 0.15)
    profile.rejects_after_ack = some(0.3, 0.02, 0.1)
    profile.cancel_refused = some(0.4, 0.05, 0.4)
    profile.cancel_lost = some(0.4, 0.05, 0.4)
    profile.replace_refused = some(0.4, 0.05, 0.4)
    profile.unsolicited = some(0.4, 0.01, 0.05)
    profile.bust = some(0.3, 0.01, 0.05)
    profile.correct = some(0.3, 0.01, 0.05)
    profile.amendments_lost = rng.random() < 0.15
    profile.external = some(0.3, 0.01, 0.06)
    profile.external_ids = rng.random() < 0.5
    profile.disconnect = some(0.5, 0.01, 0.04)
    profile.crash = some(0.6, 0.003, 0.02)
    profile.journal_down = some(0.3, 0.01, 0.03)
    profile.stall = some(0.25, 0.002, 0.01)
    profile.raises = some(0.4, 0.002, 0.05)
    profile.absence = AbsenceProof.NOTHING if rng.random() < 0.2 else AbsenceProof.NEW_SESSION
    profile.says_cum = rng.random() < 0.6
    profile.lagging_positions = rng.random() < 0.2
    profile.rate = rng.choice((5, 20, 50, 50))
    profile.page = rng.choice((1, 3, 50))
    profile.bad_quotes = rng.choice((0.0, 0.05, 0.2))
    profile.silence = some(0.4, 0.01, 0.05)
    profile.pauses = some(0.3, 0.02, 0.1)
    profile.restates = some(0.2, 0.01, 0.05)
    profile.chained = rng.random() < 0.5
    profile.done_for_day = rng.random() < 0.4
    profile.resends = rng.random() < 0.25
    return profile


def make_quiet(profile: Profile) -> None:
    """From now on honest and healthy; what the broker is like stays."""
    for name in (
        "lost", "doubled", "reordered", "slow", "refused", "before", "after", "late", "throttled", "burst",
        "sluggish", "skew", "rejects", "rejects_after_ack",
        "cancel_refused", "cancel_lost", "replace_refused", "unsolicited", "bust", "correct", "external", "disconnect",
        "pauses", "restates", "crash", "journal_down", "stall", "raises", "bad_quotes", "silence",
    ):  # fmt: skip
        setattr(profile, name, 0.0)
    profile.kind = "quiet"
    profile.done_for_day = False
    profile.lagging_positions = False

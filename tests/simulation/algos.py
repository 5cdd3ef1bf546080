"""The hand that launches and supervises algos: every kind with every control, every command, at random moments."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from engine import inputs as i
from engine.algos.kinds import KINDS
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.state import Algo
from tests.simulation.broker import ACCOUNT
from tests.simulation.loop import SECOND_NS
from tests.simulation.market import START

if TYPE_CHECKING:
    from tests.simulation.history import World

SENSELESS = tuple(map(Decimal, ("0", "-5", "0.5", "7", "999999999", "NaN", "1E+30")))
ACTIONS = ("pause", "resume", "resume", "cancel", "amend", "amend", "repace", "finish", "manual")
ACTION_WEIGHTS = (20, 22, 10, 8, 14, 6, 8, 7, 5)
SHARES = tuple(map(Decimal, ("0.1", "0.3", "0.8", "1")))


class AlgoHand:
    """Draws from a generator of its own, so that other traders' histories stay what they were."""

    def __init__(self, world: World, strategies: tuple[str, ...], key: Callable[[], str]) -> None:
        self.world = world
        self.rng = Random(f"algos {world.seed}")
        self.busy = self.rng.random() < 1 / 3
        self._auctions = Random(f"auctions {world.seed}")
        self._strategies = strategies
        self._key = key

    # -- launching --------------------------------------------------------------------------------------------------

    def launch(self) -> i.Command:
        rng, world = self.rng, self.world
        symbol = rng.choice(tuple(START))
        instrument = world.broker.instruments[symbol]
        held = world.state.position_qty(ACCOUNT, symbol)
        side = Side.SELL if held > 0 and rng.random() < 0.5 else Side.BUY
        qty = rng.randrange(2, 30) * instrument.lot * (1 if instrument.lot > 1 else rng.choice((1, 5)))
        if side is Side.SELL:
            qty = min(qty, held)
        if rng.random() < 0.05:
            qty = rng.choice(SENSELESS)
        start = world.market_ns() + rng.randrange(-1, 3) * SECOND_NS
        kind = rng.choice(tuple(KINDS))
        spec = i.AlgoSpec(
            kind if rng.random() < 0.97 else "magic",
            ACCOUNT,
            symbol,
            side,
            qty,
            start,
            start + rng.randrange(0, 25) * SECOND_NS,
            slices=rng.choice((None, 1, 2, 3, 5, 8)),
            user="trader",
            client_key=self._key(),
            strategy=rng.choice(self._strategies),
            at_end=rng.choice(("", "", "sweep", "leave", "cancel")),
            catch_up=rng.choice(("catch_up", "shift")),
            style=rng.choice(("", "", "passive", "mid", "aggressive")),
            escalate=rng.random() < 0.8,
            deadline_ns=rng.choice((0, 0, 1, 4)) * SECOND_NS,
            limit_offset=rng.choice((Decimal("0.001"), Decimal(0), Decimal("0.02"))),
        )
        spec = msgspec.structs.replace(spec, **self._sometimes(instrument, side, qty))
        spec = msgspec.structs.replace(spec, **self._of_kind(kind, instrument, side, qty))
        return i.LaunchAlgo(self._with_auctions(spec) if kind in ("twap", "vwap", "is") else spec)

    def _with_auctions(self, spec: i.AlgoSpec) -> i.AlgoSpec:
        """Where there are sessions, some schedules take part in an auction, now and then in one that has passed."""
        bounds = self.world.sessions.bounds(spec.symbol, self.world.market_ns())
        if bounds is None or self._auctions.random() < 0.4:
            return spec
        rng = self._auctions
        opening, closing = rng.choice(((1, 0), (0, 1), (1, 1)))
        parts = {"open_share": opening * rng.choice(SHARES[:2]), "close_share": closing * rng.choice(SHARES[:2])}
        end_ns = max(spec.end_ns, bounds[1] if closing else bounds[0] + rng.randrange(1, 20) * SECOND_NS)
        return msgspec.structs.replace(spec, end_ns=end_ns, **parts)

    def _mid(self, instrument: Instrument, ticks: int = 0) -> Decimal:
        """The market's price on the tick, so many ticks in favour of a buyer."""
        mid = self.world.market.mid[instrument.symbol]
        return mid // instrument.tick * instrument.tick - ticks * instrument.tick

    def _sometimes(self, instrument: Instrument, side: Side, qty: Decimal) -> dict[str, Any]:
        """Controls that any kind takes."""
        rng, lot = self.rng, instrument.lot
        found: dict[str, Any] = {}
        if rng.random() < 0.25:
            found["limit_px"] = self._mid(instrument, rng.randrange(-10, 4) * side.sign)
        if rng.random() < 0.15:
            found["would_px"] = self._mid(instrument, rng.randrange(0, 12) * side.sign)
        if rng.random() < 0.2:
            found["min_child"] = rng.randrange(1, 4) * lot
        if rng.random() < 0.3:
            found["max_child"] = rng.randrange(1, 12) * lot
        if rng.random() < 0.3:
            found |= {"randomise_size": rng.choice(SHARES), "seed": rng.randrange(100)}
        if rng.random() < 0.3:
            found |= {"randomise_time": rng.choice(SHARES), "seed": rng.randrange(100)}
        if rng.random() < 0.2:
            found["cap"] = rng.choice(SHARES)
        return found

    def _of_kind(self, kind: str, instrument: Instrument, side: Side, qty: Decimal) -> dict[str, Any]:
        """What this kind needs, now and then not."""
        rng, lot = self.rng, instrument.lot
        if rng.random() < 0.04:
            return {}
        match kind:
            case "vwap":
                weights = tuple(Decimal(rng.randrange(0, 5)) for _ in range(rng.randrange(1, 9)))
                return {"profile": weights, "slices": None}
            case "pov":
                return {"participation": rng.choice(SHARES[:3])}
            case "is":
                model = {"volatility": "0.02", "eta": "0.000001", "gamma": "0.0000001", "epsilon": "0.01"}
                averse = rng.choice(("0", "0.000001", "0.01"))
                given = {"risk_aversion": averse, "price": str(self._mid(instrument)), **model}
                return {"slices": rng.choice((1, 3, 8)), **{name: Decimal(text) for name, text in given.items()}}
            case "iceberg":
                end_ns = {"end_ns": 0} if rng.random() < 0.3 else {}
                show = rng.randrange(1, 8) * lot
                return {"display": show, "delay_ns": rng.choice((0, 0, SECOND_NS)), **end_ns}
            case "scale":
                return {
                    "from_px": self._mid(instrument, side.sign * rng.randrange(-2, 4)),
                    "to_px": self._mid(instrument, side.sign * rng.randrange(4, 12)),
                    "slices": rng.choice((2, 3, 5)),
                    **({"end_ns": 0} if rng.random() < 0.3 else {}),
                }
            case _:
                return {}

    # -- supervision ------------------------------------------------------------------------------------------------

    def control(self) -> i.Command | None:
        """One command about one algo; None where there is none."""
        rng = self.rng
        algos = list(self.world.state.algos.values())
        live = [algo for algo in algos if algo.is_live]
        if not algos:
            return i.ControlAlgo(5, "pause", user="trader") if rng.random() < 0.05 else None
        algo = rng.choice(live if live and rng.random() < 0.9 else algos)
        action: Any = rng.choices(ACTIONS, ACTION_WEIGHTS)[0]
        return i.ControlAlgo(
            algo.id,
            action,
            keep_children=rng.random() < 0.4,
            user="trader",
            catch_up=rng.choice(("", "catch_up", "shift")),
            change=self._change(algo) if action in ("amend", "repace") else i.AlgoChange(),
        )

    def _change(self, algo: Algo) -> i.AlgoChange:
        rng, world = self.rng, self.world
        instrument = world.broker.instruments[algo.spec.symbol]
        found: dict[str, Any] = {}
        if rng.random() < 0.5:
            found["qty"] = algo.spec.qty + rng.randrange(-12, 20) * instrument.lot
            if rng.random() < 0.1:
                found["qty"] = rng.choice(SENSELESS)
        if rng.random() < 0.4:
            when = world.market_ns() + rng.randrange(-1, 15) * SECOND_NS
            found |= {"end_ns": when} if rng.random() < 0.5 else {"duration_ns": rng.randrange(0, 15) * SECOND_NS}
        if rng.random() < 0.25:
            found["slices"] = rng.choice((0, 1, 2, 6))
        if rng.random() < 0.25:
            found["limit_px"] = self._mid(instrument, rng.randrange(-8, 3) * algo.spec.side.sign)
        if rng.random() < 0.15:
            found["cap"] = rng.choice(SHARES)
        if rng.random() < 0.15:
            found["participation"] = rng.choice(SHARES)
        if rng.random() < 0.1:
            found["would_px"] = self._mid(instrument, rng.randrange(0, 8) * algo.spec.side.sign)
        if rng.random() < 0.2:
            found["style"] = rng.choice(("passive", "mid", "aggressive"))
        return i.AlgoChange(**found)

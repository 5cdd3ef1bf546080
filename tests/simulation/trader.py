"""A seeded trader at the desk: sensible orders, senseless ones, and every other command, at random moments."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from engine import inputs as i
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.order import Order
from tests.simulation.algos import AlgoHand
from tests.simulation.broker import ACCOUNT
from tests.simulation.loop import SECOND_NS
from tests.simulation.market import START

if TYPE_CHECKING:
    from tests.simulation.history import World

SYMBOLS = tuple(START)
STRATEGIES = ("", "", "mean", "trend")
KINDS = (OrdType.MARKET, OrdType.LIMIT, OrdType.STOP, OrdType.STOP_LIMIT, OrdType.TRAILING_STOP)
SENSELESS_QTY = tuple(map(Decimal, ("0", "-5", "0.5", "7", "999999999", "NaN", "1E+30")))
SENSELESS_PX = tuple(map(Decimal, ("0", "-1", "0.001", "50.003", "1E+20", "Infinity")))


class Trader:
    """Looks at the desk's state as a trader looks at the screen."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world = world
        self.rng = rng
        self.last: OrderRequest | None = None
        self.keys = 0
        self.algos = AlgoHand(world, STRATEGIES, self._key)
        # In a third of the histories algos are what is done most.
        launches, controls = (30, 60) if self.algos.busy else (6, 8)
        self.menu: list[tuple[float, Any]] = [
            (45, self.place),
            (14, self.modify),
            (12, self.cancel),
            (rng.choice((0, 4, 12)) + self._fondness(), self.group),
            (0.5, self.release),
            (2.5, self.flat),
            (launches, self.launch),
            (controls, self.control),
            (1.5, self.halt),
            (0.3, self.resume),
            (rng.choice((0, 0.3, 1, 2)), self.kill),
            (1, self.keep),
            (1, self.reconcile),
            (1, self.resolve),
            (1, self.acknowledge),
            (3, self.replay),
            (1, self.discard),
        ]
        self.total = sum(weight for weight, _ in self.menu)

    def _fondness(self) -> int:
        """How much more of groups there is where the broker holds them."""
        profile = self.world.profile
        return (120 if profile.fond_of_groups else 15) if profile.groups else 0

    def act(self) -> i.Command | None:
        """The next command, or None when nothing is to be done."""
        if (self.world.state.trading or self.world.state.kills) and self.rng.random() < 0.3:
            return self.resume()
        at = self.rng.random() * self.total
        for weight, what in self.menu:
            at -= weight
            if at < 0:
                command: i.Command | None = what()
                return command
        return None

    # -- orders -----------------------------------------------------------------------------------------------------

    def place(self) -> i.Command | None:
        rng = self.rng
        if self.last is not None and rng.random() < 0.06:
            return i.PlaceOrder(self.last)  # the same again: a nervous finger
        state = self.world.state
        symbol = rng.choice(SYMBOLS)
        instrument = self.world.broker.instruments[symbol]
        held = state.position_qty(ACCOUNT, symbol)
        side = Side.BUY
        if held > 0 and rng.random() < 0.5:
            side = Side.SELL
        elif held <= 0 and rng.random() < 0.25:
            side = Side.SELL_SHORT
        elif rng.random() < 0.1:
            side = rng.choice(tuple(Side))
        lots = rng.randrange(1, 8) if rng.random() < 0.9 else rng.randrange(1, 60)
        qty = lots * instrument.lot * (1 if instrument.lot > 1 else rng.choice((1, 5, 10)))
        if side is Side.SELL and held > 0 and rng.random() < 0.7:
            qty = min(qty, held)
        kind = rng.choices(KINDS, (25, 52, 10, 10, 3))[0]
        quote = self.world.seen.get(symbol)
        px = quote.mid if quote is not None else self.world.market.mid[symbol]
        toward = rng.randrange(-12, 8) * instrument.tick
        limit = px - toward if side.is_buy else px + toward
        limit = limit // instrument.tick * instrument.tick
        away = rng.randrange(-2, 12) * instrument.tick
        stop = (px + away if side.is_buy else px - away) // instrument.tick * instrument.tick
        tif = rng.choices(tuple(TimeInForce), (50, 25, 1, 10, 8, 1, 1))[0]
        request = OrderRequest(
            ACCOUNT,
            symbol,
            side,
            qty,
            kind,
            limit if kind.needs_limit else None,
            stop if kind.needs_stop else None,
            tif,
            reduce_only=rng.random() < 0.05,
            user="trader",
            client_key=self._key(),
            strategy=rng.choice(STRATEGIES),
        )
        if kind is OrdType.TRAILING_STOP:
            request = msgspec.structs.replace(request, trail_amount=rng.randrange(1, 12) * instrument.tick)
        if tif is TimeInForce.GTD:
            end = self.world.market_ns() + rng.randrange(-1, 40) * SECOND_NS
            request = msgspec.structs.replace(request, expire_ns=end)
        if rng.random() < 0.08:
            request = self._spoil(request)
        self.last = request
        return i.PlaceOrder(request)

    def group(self) -> i.Command | None:
        """An oco of exits or entries, a bracket, or an oto, around the market."""
        rng = self.rng
        symbol = rng.choice(SYMBOLS)
        instrument = self.world.broker.instruments[symbol]
        tick, lot = instrument.tick, instrument.lot
        held = self.world.state.position_qty(ACCOUNT, symbol)
        mid = self.world.market.mid[symbol] // tick * tick
        qty = rng.randrange(1, 8) * lot * (1 if lot > 1 else rng.choice((1, 5)))
        near, far = rng.randrange(1, 9) * tick, rng.randrange(1, 12) * tick
        tif = rng.choice((TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTC))

        def order(side: Side, limit: Decimal | None, stop: Decimal | None) -> OrderRequest:
            kind = OrdType.LIMIT if stop is None else OrdType.STOP
            if limit is None and stop is None:
                kind = OrdType.MARKET
            request = OrderRequest(ACCOUNT, symbol, side, qty, kind, limit, stop, tif, user="trader")
            if kind is OrdType.STOP and rng.random() < 0.2:
                return msgspec.structs.replace(
                    request, ord_type=OrdType.TRAILING_STOP, stop_px=None, trail_amount=max(far, tick)
                )
            return request

        if held > 0 and rng.random() < 0.5:
            qty = min(qty, held)
            return i.PlaceGroup("oco", (order(Side.SELL, mid + near, None), order(Side.SELL, None, mid - far)))
        if held < 0 and rng.random() < 0.5:
            qty = min(qty, -held)
            return i.PlaceGroup("oco", (order(Side.BUY, mid - near, None), order(Side.BUY, None, mid + far)))
        short = held <= 0 and rng.random() < 0.25
        entry, exit_ = (Side.SELL_SHORT, Side.BUY) if short else (Side.BUY, Side.SELL)
        sign = -1 if short else 1
        at = mid + sign * rng.randrange(-4, 6) * tick if rng.random() < 0.8 else None
        if rng.random() < 0.2:
            legs = (order(Side.BUY, mid - near, None), order(Side.BUY, None, mid + far))
            return i.PlaceGroup("oco" if rng.random() < 0.5 else "oto", legs, rng.random() < 0.5)
        base = at if at is not None else mid
        exits = [order(exit_, base + sign * near, None), order(exit_, None, base - sign * far)]
        if rng.random() < 0.2:
            exits = [rng.choice(exits)]
        return i.PlaceGroup("bracket", (order(entry, at, None), *exits), rng.random() < 0.7)

    def release(self) -> i.Command | None:
        held = list(self.world.state.held.values())
        return i.ReleaseHeld(self.rng.choice(held).id if held else 3, "trader")

    def _key(self) -> str:
        """Now and then an idempotency key, sometimes one that was used before."""
        if self.rng.random() < 0.9:
            return ""
        if self.rng.random() < 0.7:
            self.keys += 1
        return f"key-{self.keys}"

    def _spoil(self, r: OrderRequest) -> OrderRequest:
        rng = self.rng
        change: dict[str, Any] = rng.choice(
            (
                {"qty": rng.choice(SENSELESS_QTY)},
                {"limit_px": rng.choice(SENSELESS_PX)},
                {"limit_px": None},
                {"stop_px": rng.choice(SENSELESS_PX)},
                {"symbol": "NOPE"},
                {"account": "OTHER"},
                {"limit_px": r.limit_px * 3 if r.limit_px else None},
                {"limit_px": r.limit_px / 4 if r.limit_px else None},
                {"reduce_only": True},
            )
        )
        return OrderRequest(**{name: change.get(name, getattr(r, name)) for name in r.__struct_fields__})

    def _working(self) -> list[Order]:
        return [o for o in self.world.state.open_orders.values() if o.leaves_qty]

    def modify(self) -> i.Command | None:
        rng = self.rng
        working = self._working()
        if not working:
            return self.place()
        order = rng.choice(working)
        instrument = self.world.broker.instruments[order.symbol]
        change: dict[str, Any] = {}
        if rng.random() < 0.6:
            change["qty"] = max(order.qty + rng.randrange(-15, 25) * instrument.lot, Decimal(0))
        if order.limit_px is not None and rng.random() < 0.6:
            change["limit_px"] = order.limit_px + rng.randrange(-8, 9) * instrument.tick
        if order.stop_px is not None and rng.random() < 0.3:
            change["stop_px"] = order.stop_px + rng.randrange(-8, 9) * instrument.tick
        if rng.random() < 0.04:
            change["qty"] = rng.choice(SENSELESS_QTY)
        if rng.random() < 0.04:
            change["limit_px"] = rng.choice(SENSELESS_PX)
        target: int | str = order.id if rng.random() < 0.9 else rng.choice((order.cl_ord_id, 9999, "nobody"))
        return i.ModifyOrder(target, ReplaceRequest(user="trader", **change))

    def cancel(self) -> i.Command | None:
        rng = self.rng
        working = self._working()
        if not working and rng.random() < 0.8:
            return self.place()
        some = tuple(o.id for o in rng.sample(working, min(len(working), 2)))
        names = tuple(o.cl_ord_id for o in rng.sample(working, min(len(working), 1)))
        selector = rng.choices(
            (
                i.CancelSelector(ids=some or (77,)),
                i.CancelSelector(cl_ord_ids=names or ("nobody",)),
                i.CancelSelector(symbol=rng.choice(SYMBOLS)),
                i.CancelSelector(buys=rng.random() < 0.5),
                i.CancelSelector(last=True),
                i.CancelSelector(all=True),
            ),
            (5, 2, 2, 1, 2, 1),
        )[0]
        return i.CancelOrders(selector, "trader")

    def flat(self) -> i.Command | None:
        return i.Flatten(self.rng.choice((*SYMBOLS, None)), "trader")

    # -- algos ------------------------------------------------------------------------------------------------------

    def launch(self) -> i.Command | None:
        return self.algos.launch()

    def control(self) -> i.Command | None:
        return self.algos.control() or self.place()

    # -- the switch -------------------------------------------------------------------------------------------------

    def _scope(self) -> str:
        """The desk, most often; else one of what it trades in."""
        narrow = [f"instrument:{symbol}" for symbol in SYMBOLS] + [f"strategy:{name}" for name in STRATEGIES if name]
        narrow += [f"strategy:algo{number}" for number in self.world.state.algos] + [f"account:{ACCOUNT}"]
        return self.rng.choice(("desk", "desk", "desk", *narrow))

    def halt(self) -> i.Command | None:
        scope = self._scope() if self.rng.random() < 0.9 else "instrument:NOPE"
        return i.Halt(None, "trader", "lunch", scope=scope, reduce=self.rng.random() < 0.3)

    def resume(self) -> i.Command | None:
        state = self.world.state
        closed = ["desk" if s == "kill" else s for s in (*state.trading, *state.kills)]
        scope = self.rng.choice(closed or ["desk"])
        return i.Resume("back" if self.rng.random() < 0.95 else " ", None, "trader", scope=scope)

    def kill(self) -> i.Command | None:
        return i.Kill("trader", "enough", self.rng.choice(("no", "grace", "now", "now")), scope=self._scope())

    def keep(self) -> i.Command | None:
        return i.KeepPositions("trader")

    # -- the rest ---------------------------------------------------------------------------------------------------

    def reconcile(self) -> i.Command | None:
        return i.Reconcile(user="trader")

    def resolve(self) -> i.Command | None:
        """An operator may only declare dead what is dead: he looked at the broker's own screen."""
        for order in self.world.state.unknown.values():
            if self.world.truly_absent(order):
                return i.ResolveOrder(order.id, "not in the broker's books", "operator")
        return i.ResolveOrder(1, "", "operator")

    def replay(self) -> i.Command | None:
        letters = list(self.world.state.letters)
        if not letters and self.rng.random() < 0.9:
            return self.place()
        return i.ReplayLetter(self.rng.choice(letters or [7]), "trader" if self.rng.random() < 0.95 else "")

    def discard(self) -> i.Command | None:
        letters = list(self.world.state.letters)
        if not letters and self.rng.random() < 0.9:
            return self.place()
        return i.DiscardLetter(self.rng.choice(letters or [7]), self.rng.choice(("too late", "")), "trader")

    def acknowledge(self) -> i.Command | None:
        return i.AckAlerts(self.world.state.next_alert - 1, "trader")

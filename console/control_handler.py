"""What the control socket's requests do: lines of the command language, looks at the desk, kill and stop."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from console import json_rows
from console.config.errors import ConfigError
from console.config.load import DeskConfig
from console.control_baskets import BasketDesk, basket_json
from console.control_orders import OrderDesk
from console.grammar.context import Context, DeskContext
from console.grammar.parsed import GrammarError, Local, Parsed
from console.grammar.values import fresh_quote
from console.line_asks import line_asks
from console.market_setup import MarketSetup
from console.pin.hash import HashError
from console.pin.vault import PinError, PinVault
from console.verbs import load_grammar
from console.wire import Answer, Ask, AskError, BasketAsk, KillAsk, LineAsk, LookAsk, StopAsk, UnlockAsk, read_ask
from engine.inputs import (
    Book,
    LaunchAlgo,
    ModifyOrder,
    NoteRefusal,
    PlaceGroup,
    PlaceOrder,
    Reconcile,
    ReplayLetter,
    ResendOrder,
    ResolveOrder,
    Unlock,
)
from engine.model.order import OrderRequest, symbols_of
from engine.model.scope import DESK, is_scope
from engine.model.secret import Secret
from engine.runtime.control import Peer, Request, Response
from engine.runtime.handle import DeskHandle
from engine.views import CommandResult, DeskView, KillProof, OrderResult

T = TypeVar("T")

#: How words begin that a PIN may stand behind (`unlock`, its prefixes, `pin`).
_OF_THE_PIN: Final = ("unl", "pin")

#: After an execution, how long (s) before cash is asked for again.
_QUIET_S: Final = 2.5
_ALGO_ENDED: Final = ("DONE", "CANCELED", "FAILED")


class Patience(msgspec.Struct, frozen=True):
    """How long to wait, in seconds: for a decision, an acknowledgement, a quote, the kill's first proof, a comparison
    with the broker, a graceful stop; and how often to look."""

    decision: float = 10.0
    acknowledgement: float = 2.0
    quote: float = 1.0
    kill: float = 0.5
    reconcile: float = 30.0
    stop: float = 60.0
    look: float = 0.01


class ControlHandler:
    """Answers requests for one desk. Its coroutines run in the event loop of the control socket's server."""

    def __init__(
        self,
        handle: DeskHandle,
        market: MarketSetup,
        config: DeskConfig,
        patience: Patience | None = None,
    ) -> None:
        """`market`: whose instruments and clock the lines are about. `config`: the account, and who may do what."""
        self._handle = handle
        self._grammar = load_grammar()
        self._lines = line_asks(self._grammar.verbs)
        self._instruments = {instrument.symbol: instrument for instrument in market.instruments}
        self._calendar = market.calendar
        self._history = market.history
        self._accounts = config.profile.all_accounts
        self._currency = config.profile.currency
        self._roles = config.roles
        self._vault = PinVault.of(config.paths)
        self._patience = patience or Patience()
        self._orders = OrderDesk(handle, self._patience.acknowledgement, self._patience.look)
        self._baskets = BasketDesk(handle, self._grammar, self._make_context, self._patience.quote)

    async def handle(self, request: Request, peer: Peer) -> Response:
        """Answer one request. Whatever is refused says why in one line."""
        try:
            answer = await self._answer(read_ask(request), peer)
        except AskError as error:
            answer = Answer(False, 2, error=str(error))
        except TimeoutError:
            answer = Answer(False, 1, error="the engine gave no answer in time; what was asked may still happen")
        response: Response = msgspec.to_builtins(answer)
        return response

    async def _answer(self, ask: Ask, peer: Peer) -> Answer:
        match ask:
            case KillAsk():
                return await self._kill(ask, peer)
            case LookAsk(verb=verb) if verb != "ping" and not self._roles.may(peer.user, "look"):
                return self._not_for(verb, peer)
            case BasketAsk(action="check") if not self._roles.may(peer.user, "look"):
                return self._not_for("basket check", peer)
            case StopAsk() if not self._roles.may(peer.user, "stop"):
                return self._not_for("stop", peer)
            case LookAsk(verb="limits"):
                return Answer(True, 0, json_rows.limits(await self._result(self._handle.limits())))
            case LookAsk(verb="digest"):
                seq, digest = await self._result(self._handle.digest())
                return Answer(True, 0, {"seq": seq, "digest": digest})
            case LookAsk():
                return Answer(True, 0, self._look(ask.verb))
            case UnlockAsk():
                return await self._unlock(ask, peer)
            case StopAsk():
                return await self._stop(ask, peer)
            case BasketAsk():
                return await self._baskets.answer(ask, peer.user)
            case LineAsk():
                return await self._line(ask, peer)

    def _not_for(self, what: str, peer: Peer) -> Answer:
        """What this user has no role for; the audit trail hears of it."""
        why = f"{peer.user} may not use {what}: roles.yaml gives them {self._roles.said(peer.user)}"
        self._handle.send(NoteRefusal(what, f"ROLE: {why}", peer.user))
        return Answer(False, 1, error=why)

    # -- looking --------------------------------------------------------------------------------------------------

    def _look(self, verb: str) -> Any:
        view = self._handle.view()
        rows: dict[str, Callable[[], Any]] = {
            "ping": lambda: {"pid": os.getpid(), "mode": view.status.mode, "account": view.status.account},
            "status": lambda: {**json_rows.status(view), "pid": os.getpid(), "roles": self._roles_said()},
            "orders": lambda: [json_rows.order(row) for row in view.orders],
            "fills": lambda: [json_rows.fill(row) for row in view.fills],
            "positions": lambda: [json_rows.position(row) for row in view.positions],
            "pnl": lambda: json_rows.pnl(view),
            "algos": lambda: [json_rows.algo(row) for row in view.algos],
            "breaks": lambda: [json_rows.break_(row) for row in view.breaks],
            "letters": lambda: [json_rows.letter(row) for row in view.letters],
            "baskets": lambda: [basket_json(row, view) for row in view.baskets],
        }
        return rows[verb]()

    def _roles_said(self) -> dict[str, bool]:
        return {"given": self._roles.given is not None, "enforced": self._roles.enforced}

    # -- kill and stop --------------------------------------------------------------------------------------------

    async def _kill(self, ask: KillAsk, peer: Peer) -> Answer:
        if not is_scope(ask.scope):
            return Answer(False, 2, error=f"kill: {ask.scope!r} is no scope; `tradedesk kill` stops everything")
        self._handle.pull_kill(peer.user, "tradedesk kill", "now" if ask.flatten else "no", ask.scope)
        view = await self._until(lambda view: _proof_of(view, ask.scope) is not None, self._patience.kill)
        found = _proof_of(view, ask.scope)
        proof = None if found is None else json_rows.kill(found)
        desk_wide = proof is not None and ask.scope == DESK
        state = "HALTED" if desk_wide else view.status.trading_state.name
        return Answer(True, 0, {"killed": True, "scope": ask.scope, "trading_state": state, "kill": proof})

    async def _unlock(self, ask: UnlockAsk, peer: Peer) -> Answer:
        """The PIN that somebody typed in another shell. Wrong ones count like any other."""
        if not self._roles.may(peer.user, "unlock"):
            return self._not_for("unlock", peer)
        if not self._handle.view().status.locked:
            return Answer(False, 1, error="nothing to unlock: this desk is not locked")
        try:
            verdict = await asyncio.to_thread(self._vault.check, Secret(ask.pin), peer.user, "socket")
        except (PinError, HashError, ConfigError) as error:
            return Answer(False, 1, error=str(error))
        if not verdict.ok:
            return Answer(False, 1, error=verdict.words)
        result = await self._result(self._handle.send(Unlock(peer.user)))
        assert isinstance(result, CommandResult)
        return Answer(result.ok, 0 if result.ok else 1, error="" if result.ok else result.message)

    async def _stop(self, ask: StopAsk, peer: Peer) -> Answer:
        view = self._handle.view()
        algos = [row for row in view.algos if row.status not in _ALGO_ENDED]
        working = {
            "working_orders": [json_rows.order(row) for row in view.orders if row.is_open],
            "algos": [json_rows.algo(row) for row in algos],
        }
        if ask.how is None and any(working.values()):
            what = f"{len(working['working_orders'])} working orders, {len(working['algos'])} algos"
            return Answer(False, 1, working, f"not stopped: {what}; say --leave or --cancel")
        result = await self._result(
            self._handle.stop(ask.how or "leave", f"tradedesk stop by {peer.user}"), self._patience.stop
        )
        return Answer(result.ok, 0 if result.ok else 1, working, "" if result.ok else result.message)

    # -- lines of the command language ----------------------------------------------------------------------------

    async def _line(self, ask: LineAsk, peer: Peer) -> Answer:
        if (ask.dry_run or ask.verb == "plan") and not self._roles.may(peer.user, "look"):
            return self._not_for(f"{ask.verb} --dry-run" if ask.dry_run else ask.verb, peer)
        try:
            parsed = await self._parse(ask.line, peer.user)
        except GrammarError as error:
            self._note_refusal(ask, str(error), peer)
            return Answer(False, 1, _refused_line(error), f"{ask.line!r}: {error}" if ask.line else str(error))
        if isinstance(parsed.command, Local):
            if not self._roles.may(peer.user, "look"):
                return self._not_for(parsed.verb, peer)
            return self._local(ask, parsed, peer)
        if parsed.verb not in self._lines[ask.verb]:
            expected = ", ".join(self._lines[ask.verb])
            return Answer(False, 2, error=f"{ask.line!r}: {parsed.verb} can't be used here; expected {expected}")
        return await self._carry_out(ask, parsed, peer)

    async def _carry_out(self, ask: LineAsk, parsed: Parsed, peer: Peer) -> Answer:
        looks_only = ask.dry_run or ask.verb == "plan"
        missing = None if looks_only else _confirmation_missing(ask, parsed)
        if missing is not None:
            # The keys of an order's answer are the same whoever refused it.
            result = self._orders.not_sent(parsed) if ask.verb == "order" else {"notes": list(parsed.notes)}
            return Answer(False, 1, {**result, "amber": parsed.level == 2}, missing)
        match parsed.command:
            case PlaceOrder(request=request):
                await self._quoted(request)
                request = msgspec.structs.replace(request, client_key=ask.id, accept_soft=ask.yes)
                if ask.dry_run:
                    preview = await self._result(self._handle.preview(request))
                    return self._orders.previewed(parsed, preview, ask.yes)
                return await self._orders.placed(parsed, await self._result(self._handle.send(PlaceOrder(request))))
            case PlaceGroup(requests=requests) as group:
                first, *rest = (msgspec.structs.replace(request, accept_soft=ask.yes) for request in requests)
                keyed = (msgspec.structs.replace(first, client_key=ask.id), *rest)
                group = msgspec.structs.replace(group, requests=keyed)
                if ask.dry_run:
                    preview = await self._result(self._handle.preview(group))
                    return self._orders.previewed(parsed, preview, ask.yes)
                return await self._orders.placed(parsed, await self._result(self._handle.send(group)))
            case ModifyOrder(target=target, change=change):
                change = msgspec.structs.replace(change, accept_soft=ask.yes)
                if ask.dry_run:
                    changed = await self._result(self._handle.preview_replace(target, change))
                    return self._orders.previewed(parsed, changed, ask.yes)
                sent = self._handle.send(ModifyOrder(target, change))
                return await self._orders.modified(parsed, await self._result(sent))
            case ReplayLetter():
                replayed = msgspec.structs.replace(parsed.command, accept_soft=ask.yes)
                return await self._orders.replayed(parsed, await self._result(self._handle.send(replayed)))
            case LaunchAlgo(spec=spec):
                spec = msgspec.structs.replace(spec, client_key=ask.id)
                if looks_only:
                    found = await self._result(self._handle.plan(spec))
                    return Answer(True, 0, json_rows.plan(found, self._calendar.zone.key))
                return _done(parsed, await self._result(self._handle.send(LaunchAlgo(spec))))
            case ResolveOrder() | ResendOrder() as decided:
                # The audit trail names the role in which it was decided.
                decision = msgspec.structs.replace(decided, role=self._roles.said(peer.user))
                return _done(parsed, await self._result(self._handle.send(decision)))
            case Book() as command:
                command = msgspec.structs.replace(command, key=ask.id)
                return _done(parsed, await self._result(self._handle.send(command)))
            case Reconcile() as command:
                return await self._reconcile(parsed, command)
            case Local():
                raise AssertionError("a line for the front end")
            case command:
                return _done(parsed, await self._result(self._handle.send(command)))

    async def _reconcile(self, parsed: Parsed, command: Reconcile) -> Answer:
        """Compare, wait until nothing is left to be confirmed, and say what was compared and what was found."""
        before = self._handle.view()
        deadline = time.monotonic() + self._patience.reconcile
        while True:
            asked = self._handle.view().wall_ns
            done = _done(parsed, await self._result(self._handle.send(command)))
            if not done.ok:
                return done
            view = await self._until(partial(_settled_since, asked), deadline - time.monotonic())
            # While executions come in, cash is not compared: a little later perhaps.
            newest = view.comparison
            if newest is None or newest.cash or time.monotonic() + _QUIET_S > deadline:
                break
            await asyncio.sleep(_QUIET_S)
        if newest is None or newest.asked_ns <= before.wall_ns:
            return Answer(False, 1, error="the broker gave no answer to be compared with; see tradedesk events")
        learned = before.comparison.executions_learned if before.comparison is not None else 0
        body = {
            **done.result,
            "message": "",
            "compared": json_rows.comparison(newest, learned),
            "breaks": [json_rows.break_(row) for row in view.breaks],
        }
        many = len(view.breaks)
        if not newest.settled:
            return Answer(False, 1, body, "differences were found that no second look has confirmed or cleared yet")
        if many:
            return Answer(False, 1, body, f"{many} break{'s' if many > 1 else ''} between us and the broker")
        return Answer(True, 0, body)

    async def _parse(self, line: str, user: str) -> Parsed:
        """Parse; when only a quote is missing (of the instrument, of its currency), ask for it and wait a moment."""
        context = self._make_context(user)
        deadline = time.monotonic() + self._patience.quote
        watched: set[str] = set()
        while True:
            try:
                return self._grammar.parse(line, context)
            except GrammarError as error:
                symbol = error.needs_quote
                if symbol is None or symbol in watched:
                    raise
            watched.add(symbol)
            self._handle.watch(symbol)
            while fresh_quote(context, symbol) is None and time.monotonic() < deadline:
                await asyncio.sleep(self._patience.look)
                context = self._make_context(user)

    async def _quoted(self, request: OrderRequest) -> None:
        """Wait a moment for the first quote of an instrument that nobody has watched yet: an option named just now."""
        unlisted = [symbol for symbol in symbols_of(request) if symbol not in self._instruments]
        if not unlisted:
            return
        shown = {row.symbol for row in self._handle.view().quotes if row.bid is not None}
        missing = [symbol for symbol in unlisted if symbol not in shown]
        for symbol in missing:
            self._handle.watch(symbol)
        if missing:
            await self._until(
                lambda view: {row.symbol for row in view.quotes if row.bid is not None}.issuperset(missing),
                self._patience.quote,
            )

    def _make_context(self, user: str) -> Context:
        return DeskContext(
            self._handle.view(),
            self._instruments,
            accounts=self._accounts,
            user=user,
            calendar=self._calendar,
            base_currency=self._currency,
            history=self._history,
        )

    def _local(self, ask: LineAsk, parsed: Parsed, peer: Peer) -> Answer:
        assert isinstance(parsed.command, Local)
        if parsed.command.name == "explain":
            expected = self._grammar.explain(ask.line, self._make_context(peer.user))
            return Answer(True, 0, {"expected": [{"text": e.text, "doc": e.doc} for e in expected]})
        if parsed.command.name in ("algos", "letters"):
            return Answer(True, 0, self._look(parsed.command.name))
        if parsed.command.name == "alerts":
            return Answer(True, 0, json_rows.alert_rules(self._handle.view().alert_rules))
        if parsed.command.name == "size":
            return Answer(True, 0, {"message": parsed.command.args[0], "notes": list(parsed.notes[1:])})
        return Answer(False, 2, error=f"{ask.line!r}: {parsed.verb} is for the console; see tradedesk --help")

    def _note_refusal(self, ask: LineAsk, reason: str, peer: Peer) -> None:
        """For the audit trail; nobody waits for it. What stands behind a word about the PIN may be one."""
        if any(word.lower().startswith(_OF_THE_PIN) for word in ask.line.split()):
            self._handle.send(NoteRefusal(f"{ask.verb}: a line about the PIN", "it takes none on a line", peer.user))
            return
        self._handle.send(NoteRefusal(f"{ask.verb}: {ask.line}", reason, peer.user))

    # -- waiting --------------------------------------------------------------------------------------------------

    async def _result(self, future: Future[T], patience_s: float | None = None) -> T:
        """Wait for the engine's answer, never cancelling it: what was posted happens whether or not we wait."""
        waiting = asyncio.shield(asyncio.wrap_future(future))
        return await asyncio.wait_for(waiting, patience_s or self._patience.decision)

    async def _until(self, done: Callable[[DeskView], bool], patience_s: float) -> DeskView:
        deadline = time.monotonic() + patience_s
        while True:
            view = self._handle.view()
            if done(view) or time.monotonic() >= deadline:
                return view
            await asyncio.sleep(self._patience.look)


def _proof_of(view: DeskView, scope: str) -> KillProof | None:
    return view.kill if scope == DESK else next((proof for proof in view.kills if proof.scope == scope), None)


def _settled_since(asked_ns: int, view: DeskView) -> bool:
    newest = view.comparison
    return newest is not None and newest.settled and newest.asked_ns > asked_ns


def _confirmation_missing(ask: LineAsk, parsed: Parsed) -> str | None:
    """Why this line does not go out as it was asked, or None."""
    if parsed.level >= 3 and ask.confirm != parsed.confirm:
        return f"{parsed.echo}: {parsed.why}; confirm it with --confirm {parsed.confirm}"
    if parsed.level == 2 and not ask.yes:
        return f"{parsed.echo}: {parsed.why}; accept it with --yes"
    return None


def _refused_line(error: GrammarError) -> dict[str, Any]:
    return {
        "accepted": False,
        "at": error.start,
        "expected": [expect.text for expect in error.expected],
        "suggestions": list(error.suggestions),
    }


def _done(parsed: Parsed, result: CommandResult | OrderResult) -> Answer:
    assert isinstance(result, CommandResult)
    body = {
        "accepted": result.ok,
        "id": result.ids[0] if result.ids else None,
        "ids": list(result.ids),
        "message": result.message,
        "denials": [json_rows.denial(found) for found in result.denials],
        "notes": list(parsed.notes),
        "amber": result.amber,
    }
    if result.ok:
        return Answer(True, 0, body)
    error = result.message or "; ".join(str(found) for found in result.denials) or "refused"
    if isinstance(parsed.command, LaunchAlgo) and result.denials:
        # As orders say it: code, value, limit, scope.
        error = f"{'; '.join(str(found) for found in result.denials)} ({result.message})"
    return Answer(False, 1, body, f"{error}; accept it with --yes" if result.amber else error)

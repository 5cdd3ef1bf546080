"""Supervision of running algos: pause, resume, amend, re-pace, finish, cancel, hand over. Every change is a fact."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.algos import ending
from engine.algos.controls import check_controls
from engine.algos.driving import advance
from engine.algos.kind import PlanError
from engine.algos.launch import ask_plan, verdict, worst_child
from engine.algos.pausing import pause
from engine.algos.replanning import replan, shift
from engine.algos.sight import sight_of
from engine.model.money import ZERO, plain
from engine.state import Algo
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk


#: Kinds whose slices are not a schedule's: rungs, or all of it at once.
UNCUT: Final = ("scale", "iceberg", "sor")


class RefusedError(Exception):
    """The command is not possible; the message says why."""


def control(desk: Desk, command: i.ControlAlgo) -> None:
    """One command about one algo. Replied to; a refusal is audited."""
    # Here, since the triggers' own actions stop algos.
    from engine.risk import triggers

    algo = desk.state.algos.get(command.algo_id)
    if algo is not None and command.user:
        triggers.human(desk, algo.spec.strategy or f"algo{algo.id}")
    if algo is None or not algo.is_live:
        what = f"algo {command.algo_id} is {algo.status}" if algo is not None else f"there is no algo {command.algo_id}"
        desk.refuse(command.cmd_id, f"algo {command.action}", what, command.user)
        return
    try:
        words = _act(desk, algo, command)
    except RefusedError as refusal:
        desk.refuse(command.cmd_id, f"algo {command.action}", str(refusal), command.user)
        return
    desk.reply(command.cmd_id, CommandResult(True, words or f"algo {algo.id} is {algo.status}", (algo.id,)))


def _act(desk: Desk, algo: Algo, command: i.ControlAlgo) -> str:
    by, reason = command.user, command.reason
    match command.action:
        case "cancel":
            ending.stop(desk, algo, by, reason or "cancelled")
        case "pause":
            _must_be(algo, "RUNNING")
            pause(desk, algo, by, reason or "paused", keep_children=command.keep_children)
        case "resume":
            _must_be(algo, "PAUSED")
            _resume(desk, algo, by, command.catch_up or algo.spec.catch_up)
        case "finish":
            _must_be(algo, "RUNNING", "PAUSED")
            _finish(desk, algo, by)
        case "manual":
            count = ending.hand_over(desk, algo, by, reason or f"handed over to {by or 'the operator'}")
            return f"algo {algo.id} is over; {count} of its orders are yours now"
        case _:
            _must_be(algo, "RUNNING", "PAUSED")
            _amend(desk, algo, command)
    return ""


def _must_be(algo: Algo, *statuses: str) -> None:
    if algo.status not in statuses:
        raise RefusedError(f"algo {algo.id} is {algo.status}")


def _resume(desk: Desk, algo: Algo, by: str, policy: str) -> None:
    desk.emit(f.AlgoStatusSet(algo.id, "RUNNING", by, ""))
    if policy == "shift":
        # What traded meanwhile was not for this algo to take part in.
        desk.algo_memory.counts.pop(algo.id, None)
        begun = max(algo.paused_ns, algo.spec.start_ns)
        shift(desk, algo, desk.now.market_ns - begun, by, "resumed: the schedule moves")
    desk.algo_memory.watch(algo.id, algo.spec)
    advance(desk, algo)


def _finish(desk: Desk, algo: Algo, by: str) -> None:
    """Everything that is left, now, through the touch; the limit price holds."""
    now = desk.now.market_ns
    spec = msgspec.structs.replace(
        algo.spec,
        end_ns=now,
        at_end="sweep",
        cap=None,
        min_child=None,
        max_child=None,
        would_px=None,
        open_share=ZERO,
        close_share=ZERO,
    )
    reached = algo.slices[: algo.reached]
    left = algo.spec.qty - sum((qty for _, qty in reached), ZERO)
    slices = (*reached, (now, left)) if left > 0 and algo.slices else reached
    desk.emit(f.AlgoReplanned(algo.id, spec, slices, len(slices), by, "finish now"))
    if algo.status == "PAUSED":
        desk.emit(f.AlgoStatusSet(algo.id, "RUNNING", by, ""))
    desk.algo_memory.unwatch(algo.id, spec.symbol)
    advance(desk, algo)


def _amend(desk: Desk, algo: Algo, command: i.ControlAlgo) -> None:
    change, now = command.change, desk.now.market_ns
    if change == i.AlgoChange():
        raise RefusedError("nothing to change is named")
    end_ns = change.end_ns if change.duration_ns is None else now + change.duration_ns
    given = {name: getattr(change, name) for name in ("qty", "limit_px", "slices", "participation", "cap", "would_px")}
    given |= {"end_ns": end_ns, "style": change.style or None}
    terms = msgspec.structs.replace(algo.spec, **{name: value for name, value in given.items() if value is not None})
    if terms == algo.spec:
        raise RefusedError(f"algo {algo.id} has these terms already")
    _check_amended(desk, algo, terms)
    _check_fits(algo, change)
    anew = end_ns is not None or change.slices is not None
    spec, slices = terms, algo.slices
    if anew or change.qty is not None:
        if terms.end_ns and terms.end_ns <= now:
            raise RefusedError("the end lies in the past; finish the algo instead")
        try:
            spec, slices = replan(desk, algo, terms, anew=anew)
        except PlanError as error:
            raise RefusedError(str(error)) from None
    lot = desk.state.instruments[spec.symbol].lot
    worst = worst_child(spec, slices[algo.reached :], lot)
    denials = verdict(desk, spec, worst) if terms.qty > algo.spec.qty else []
    if denials:
        raise RefusedError("; ".join(denial.message for denial in denials))
    words = ", ".join(
        f"{name.removesuffix('_px')} {_text(value)}" for name, value in given.items() if value is not None
    )
    desk.emit(f.AlgoReplanned(algo.id, spec, slices, algo.reached, command.user, f"{command.action}: {words}"))
    desk.algo_memory.unwatch(algo.id, spec.symbol)
    desk.algo_memory.watch(algo.id, spec)
    if algo.status == "RUNNING":
        advance(desk, algo)
    else:
        ending.finish_if_filled(desk, algo)


def _check_amended(desk: Desk, algo: Algo, terms: i.AlgoSpec) -> None:
    kind = desk.surroundings.algo_kinds.get(terms.algo)
    if kind is None:
        raise RefusedError(f"{terms.algo} is not in this version")
    instrument = desk.state.instruments[terms.symbol]
    try:
        check_controls(terms, kind, instrument)
        if not algo.slices:
            # Without slices to plan anew: what the kind asks of its terms at a launch holds for changed ones too.
            ask_plan(kind, terms, sight_of(desk, terms, instrument))
    except PlanError as error:
        raise RefusedError(str(error)) from None
    done, out = algo.cum_qty, algo.outstanding
    if terms.qty < done + out:
        raise RefusedError(
            f"{plain(done)} are filled and {plain(out)} working: {plain(terms.qty)} is less than that"
            + ("; pause it first" if out else "")
        )


def _check_fits(algo: Algo, change: i.AlgoChange) -> None:
    """Terms that the algo's kind does not have."""
    kind = algo.spec.algo
    if change.participation is not None and algo.spec.participation is None:
        raise RefusedError(f"a rate is for pov, and this is {kind}")
    if change.slices is not None and (not algo.slices or kind in UNCUT):
        raise RefusedError(f"{kind} is not cut into slices that could be others; cancel it and launch anew")


def _text(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)

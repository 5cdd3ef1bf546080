"""The engine's views as the documented JSON: fixed keys, Decimals as plain text, times as ISO in UTC.

Keys are a promise to scripts: add, never rename or drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine.model.money import MONEY_STEP, plain
from engine.model.performance import Measure, PerformanceReport, TradeStats
from engine.views import (
    AlertRuleRow,
    AlgoPlan,
    AlgoRow,
    BreakRow,
    CheckRow,
    ComparisonRow,
    Denial,
    DeskView,
    FillRow,
    KillProof,
    LegRow,
    LetterRow,
    LimitRow,
    MeterRow,
    OrderPreview,
    OrderRow,
    PositionRow,
)

Json = dict[str, Any]
_SECOND_NS = 1_000_000_000


def iso(ts_ns: int) -> str:
    """2013-10-07T14:15:00.000000000Z"""
    seconds, rest = divmod(ts_ns, _SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def text(value: Decimal | None) -> str | None:
    """A Decimal without exponent; None stays None."""
    return None if value is None else plain(value)


def limits(rows: tuple[LimitRow, ...]) -> list[Json]:
    """`risk show`."""
    return [
        {
            "key": row.key,
            "scope": row.scope,
            "value": row.value,
            "default": row.default or None,
            "kind": row.kind,
            "origin": row.origin,
            "old": row.old or None,
            "in_file": row.in_file or None,
            "by": row.by or None,
            "reason": row.reason or None,
            "at": iso(row.at_ns) if row.at_ns else None,
            "meaning": row.doc,
        }
        for row in rows
    ]


def status(view: DeskView) -> Json:
    """The `status` verb."""
    now = view.status
    return {
        "mode": now.mode,
        "account": now.account,
        "trading_state": now.trading_state.name,
        "state_reason": now.state_reason,
        "locked": now.locked,
        "equity": text(now.equity),
        "cash": text(now.cash),
        "cash_by_currency": {currency: plain(amount) for currency, amount in now.cash_by_currency},
        "buying_power": text(now.buying_power),
        "accounts": [
            {
                "account": row.account,
                "equity": text(row.equity),
                "cash": plain(row.cash),
                "buying_power": text(row.buying_power),
                "stale": row.stale,
            }
            for row in now.accounts
        ],
        "desk_equity": text(now.whole_equity),
        "day_pnl": text(now.day_pnl),
        "working_orders": now.working_orders,
        "unknown_orders": now.unknown_orders,
        "oldest_unknown_s": now.oldest_unknown_s,
        "positions": now.positions,
        "algos": now.algos,
        "breaks": now.breaks,
        "dead_letters": now.dead_letters,
        "brokers": [
            {
                "name": row.name,
                "connected": row.connected,
                "health": row.health,
                "breaker": row.breaker,
                "latency_ms": text(row.latency_ms),
                "clock_skew_ms": text(row.clock_skew_ms),
            }
            for row in now.brokers
        ],
        "journal": {"ok": now.journal_ok, "seq": now.journal_seq},
        "data": {"ok": now.data_ok, "age_ms": None if now.data_age_ns is None else now.data_age_ns // 1_000_000},
        "uptime_s": now.uptime_s,
        "market": now.market_label,
        "market_time": iso(view.market_ns),
        "trading_day": now.trading_day,
        "session": now.session,
        "kill": None if view.kill is None else kill(view.kill),
        "kills": [kill(proof) for proof in view.kills],
        "scopes": [{"scope": row.scope, "state": row.state.name, "reason": row.reason} for row in now.scopes],
        "triggers": [
            {"code": row.code, "scope": row.scope, "action": row.action, "text": row.text} for row in now.triggers
        ],
        "meters": [meter(row) for row in view.meters],
    }


def meter(row: MeterRow) -> Json:
    """A risk meter: value and limit as they are compared ("pct": 0.05 is 5 %), `used` the share of the limit that is
    taken (1 = at it), `state` off, ok, warn (from 0.7) or critical (from 0.9); null = not known, `note` says why."""
    near = (
        "ok" if row.used is None or row.used < Decimal("0.7") else "warn" if row.used < Decimal("0.9") else "critical"
    )
    return {
        "key": row.key,
        "label": row.label,
        "unit": row.unit,
        "value": text(row.value),
        "amount": text(row.amount),
        "limit": text(row.limit),
        "used": text(row.used),
        "state": "off" if row.off else "unknown" if row.value is None else near,
        "stale": row.stale,
        "note": row.note,
    }


def kill(proof: KillProof) -> Json:
    """The proof of a kill."""
    return {
        "scope": proof.scope,
        "at": iso(proof.at_ns),
        "by": proof.by,
        "reason": proof.reason,
        "phase": proof.phase,
        "cancels_sent": proof.cancels_sent,
        "cancels_confirmed": proof.cancels_confirmed,
        "positions": proof.positions,
        "flat": proof.flat,
        "queued": proof.queued,
        "verified": proof.verified,
        "problems": list(proof.problems),
        "unprotected": list(proof.unprotected),
    }


def order(row: OrderRow) -> Json:
    """A row of `blotter orders`."""
    return {
        "id": row.id,
        "cl_ord_id": row.cl_ord_id,
        "order_id": row.order_id,
        "account": row.account,
        "symbol": row.symbol,
        "side": row.side.value,
        "ord_type": row.ord_type.value,
        "time_in_force": row.time_in_force.value,
        "order_qty": plain(row.order_qty),
        "cum_qty": plain(row.cum_qty),
        "leaves_qty": plain(row.leaves_qty),
        "limit_px": text(row.limit_px),
        "stop_px": text(row.stop_px),
        "avg_px": text(row.avg_px),
        "status": row.status.value,
        "parent": row.parent,
        "tag": row.tag,
        "basket": row.basket or None,
        "text": row.text,
        "created": iso(row.created_ns),
        "updated": iso(row.updated_ns),
        "doubt": row.doubt,
        "group": row.group or None,
        "local": row.local,
        "trail": row.trail or None,
        "external": row.external,
        "reduce_only": row.reduce_only,
        "legs": [leg(each) for each in row.legs],
        "unknown_s": row.unknown_s,
        "evidence": row.evidence or None,
    }


def leg(row: LegRow) -> Json:
    """A leg of a package order."""
    return {
        "symbol": row.symbol,
        "side": row.side.value,
        "ratio": row.ratio,
        "cum_qty": plain(row.cum_qty),
        "avg_px": text(row.avg_px),
    }


def fill(row: FillRow) -> Json:
    """A row of `blotter fills`."""
    return {
        "exec_id": row.exec_id,
        "cl_ord_id": row.cl_ord_id,
        "order": row.order,
        "account": row.account,
        "symbol": row.symbol,
        "side": row.side.value,
        "last_qty": plain(row.last_qty),
        "last_px": plain(row.last_px),
        "fee": plain(row.fee),
        "ts": iso(row.ts_ns),
        "broker": row.broker,
    }


def position(row: PositionRow) -> Json:
    """A row of `blotter positions`."""
    return {
        "account": row.account,
        "symbol": row.symbol,
        "qty": plain(row.qty),
        "avg_px": text(row.avg_px),
        "last_px": text(row.last_px),
        "market_value": text(row.market_value),
        "unrealized_pnl": text(row.unrealized_pnl),
        "realized_pnl": plain(row.realized_pnl),
        "day_pnl": text(row.day_pnl),
        "currency": row.currency,
        "stale": row.stale,
        "rate": text(row.rate),
    }


def pnl(view: DeskView) -> Json:
    """`blotter pnl`: the day so far, in the base currency; null where a price or a rate is missing."""
    realized = [in_base(row.realized_pnl, row.rate) for row in view.positions]
    unrealized = [in_base(row.unrealized_pnl, row.rate) for row in view.positions if row.qty]
    return {
        "trading_day": view.status.trading_day,
        "equity": text(view.status.whole_equity),
        "cash": plain(view.status.cash),
        "day_pnl": text(view.status.day_pnl),
        "realized_pnl": _total(realized),
        "unrealized_pnl": _total(unrealized),
        "stale": view.status.pnl_stale,
    }


def in_base(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    """An amount in the base currency; None where it or the rate is not known."""
    if amount is None or not amount:
        return amount
    return None if rate is None else amount if rate == 1 else (amount * rate).quantize(MONEY_STEP)


def _total(amounts: Sequence[Decimal | None]) -> str | None:
    known = [amount for amount in amounts if amount is not None]
    return plain(sum(known, Decimal(0))) if len(known) == len(amounts) else None


def algo(row: AlgoRow) -> Json:
    """A row of `algo list`."""
    return {
        "id": row.id,
        "algo": row.algo,
        "account": row.account,
        "symbol": row.symbol,
        "side": row.side.value,
        "qty": plain(row.qty),
        "cum_qty": plain(row.cum_qty),
        "working_qty": plain(row.working_qty),
        "target_qty": plain(row.target_qty),
        "avg_px": text(row.avg_px),
        "arrival_px": text(row.arrival_px),
        "slippage_bps": text(row.slippage_bps),
        "slices": row.slices,
        "slices_done": row.slices_done,
        "start": iso(row.start_ns),
        "end": iso(row.end_ns),
        "status": row.status,
        "reason": row.reason,
    }


def plan(result: AlgoPlan, timezone: str = "UTC") -> Json:
    """`algo plan`: the schedule, what it should cost, and every check that would refuse it. `timezone`: of the
    exchange's clock, on which people read times."""
    return {
        "algo": result.algo,
        "account": result.account,
        "symbol": result.symbol,
        "side": result.side.value,
        "qty": plain(result.qty),
        "slices": [{"at": iso(at_ns), "qty": plain(qty)} for at_ns, qty in result.slices],
        "expected_cost": text(result.expected_cost),
        "expected_stdev": text(result.expected_stdev),
        "checks": [denial(found) for found in result.denials],
        "notes": list(result.notes),
        "timezone": timezone,
        "arrival_px": text(result.arrival_px),
        "cost_bps": text(result.cost_bps),
        "market_volume": text(result.market_volume),
        "participation": text(result.participation),
        "peak_participation": text(result.peak_participation),
        "market_shares": [plain(share) for share in result.market_shares],
        "assumptions": list(result.assumptions),
        "risk_aversion": text(result.risk_aversion),
        "frontier": [
            {
                "risk_aversion": plain(row.risk_aversion),
                "expected_cost": plain(row.expected_cost),
                "expected_stdev": plain(row.expected_stdev),
                "half_life_s": text(row.half_life_s),
            }
            for row in result.frontier
        ],
        "child_checks": [_check(row) for row in result.checks],
    }


def _check(row: CheckRow) -> Json:
    return {
        "check": row.check.removeprefix("check_"),
        "verdict": row.verdict,
        "codes": [found.code for found in row.denials],
    }


def preview(result: OrderPreview) -> Json:
    """What `order --dry-run` adds to the order's keys."""
    return {
        "dry_run": True,
        "verdict": result.verdict,
        "account": result.account,
        "symbol": result.symbol,
        "side": result.side.value,
        "order_qty": plain(result.qty),
        "ord_type": result.ord_type.value,
        "limit_px": text(result.limit_px),
        "stop_px": text(result.stop_px),
        "time_in_force": result.time_in_force.value,
        "notional": text(result.notional),
        "position_before": plain(result.position_before),
        "position_after": plain(result.position_after),
        "buying_power_after": text(result.buying_power_after),
        "fees": text(result.fees),
        "uses": [meter(row) for row in result.uses],
        "checks": [_check(row) for row in result.checks],
        "distance_bps": text(result.distance_bps),
    }


def alert_rules(rows: Sequence[AlertRuleRow]) -> Json:
    """The alerts that users set, and a line for each."""
    lines = [f"{row.no}  {row.words}  ({row.user})" for row in rows]
    return {
        "alerts": [
            {"no": row.no, "words": row.words, "user": row.user, "fired": iso(row.fired_ns) if row.fired_ns else None}
            for row in rows
        ],
        "message": "\n".join(lines) or "no alerts are set",
    }


def break_(row: BreakRow) -> Json:
    """A row of `breaks`."""
    return {
        "no": row.no,
        "kind": row.kind,
        "account": row.account,
        "key": row.key,
        "ours": row.ours,
        "theirs": row.theirs,
        "since": iso(row.since_ns),
        "difference": row.difference,
        "explanation": row.why,
        "remedies": list(row.remedies),
    }


def comparison(row: ComparisonRow, learned_before: int) -> Json:
    """What `reconcile` compared; `learned_before`: executions that earlier comparisons had learned."""
    return {
        "at": iso(row.at_ns),
        "orders": row.orders,
        "executions": row.executions,
        "positions": row.positions,
        "cash": row.cash,
        "executions_learned": row.executions_learned - learned_before,
        "settled": row.settled,
    }


def letter(row: LetterRow) -> Json:
    """A row of `dlq`."""
    return {
        "no": row.no,
        "order": row.order,
        "cl_ord_id": row.cl_ord_id,
        "account": row.account,
        "symbol": row.symbol,
        "side": row.side.value,
        "what": row.what,
        "qty": plain(row.qty),
        "limit_px": text(row.limit_px),
        "stop_px": text(row.stop_px),
        "cause": row.cause,
        "reason": row.reason,
        "owner": row.owner,
        "since": iso(row.since_ns),
    }


def denial(found: Denial) -> Json:
    """Why a check refused."""
    return {
        "code": found.code,
        "value": found.value,
        "limit": found.limit,
        "scope": found.scope,
        "message": found.message,
        "soft": found.soft,
    }


def performance(report: PerformanceReport) -> Json:
    """`performance`. Money in the base currency; shares and ratios as numbers (0.5 = 50 %); null: not defined, or not
    known. `bound`: "over" or "under" the target; "at" it where nothing can be beyond."""
    return {
        "journal_seq": report.seq,
        "currency": report.currency,
        "days": [
            {"day": day.day, "start_equity": text(day.start_equity), "day_pnl": text(day.pnl)} for day in report.days
        ],
        "overall": _trade_stats(report.overall),
        **{
            f"by_{by}": [{by: row.name, **_trade_stats(row.stats)} for row in report.groups if row.by == by]
            for by in ("day", "symbol", "strategy", "account", "tag")
        },
        "targets": [_measure(row) for row in report.measures],
        "latency_ms": {
            name: {
                "count": row.count,
                "p50": text(row.p50),
                "p95": text(row.p95),
                "p99": text(row.p99),
                "max": text(row.most),
            }
            for name, row in report.latency_ms.items()
        },
        "open_trades": report.open_trades,
        "untold": report.untold,
    }


def _trade_stats(stats: TradeStats) -> Json:
    values = {name: getattr(stats, name) for name in stats.__struct_fields__}
    return {name: text(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _measure(row: Measure) -> Json:
    return {
        "key": row.key,
        "label": row.label,
        "unit": row.unit,
        "value": text(row.value),
        "target": plain(row.target),
        "bound": "at" if row.at_its_end else "under" if row.at_most else "over",
        "of": row.of,
        "verdict": row.verdict,
    }

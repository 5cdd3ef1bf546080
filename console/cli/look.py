"""status, blotter: looking at the desk."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import typer

from console.cli.desk import ANSWER_S, ask_desk, result_of, socket_of, state_of
from console.cli.offline import journaled
from console.cli.output import CommandError, JsonFlag, ProfileOption, pairs, print_csv, print_json, table
from console.client import NoDeskError, SilentDeskError, ask
from console.config.paths import Paths
from console.wire import LookAsk
from engine.model.scope import said

Part = Literal["orders", "fills", "trades", "positions", "pnl"]
_COLUMNS: Final = {
    "orders": (
        "id", "symbol", "side", "order_qty", "cum_qty", "ord_type", "limit_px", "stop_px", "avg_px", "status", "tag"
    ),
    "fills": ("ts", "order", "symbol", "side", "last_qty", "last_px", "fee", "exec_id"),
    "trades": ("opened", "closed", "symbol", "side", "qty", "entry_px", "exit_px", "gross_pnl", "fees", "net_pnl"),
    "pnl": ("day", "equity", "day_pnl", "realized_pnl", "fees", "fills"),
    "positions": (
        "symbol", "qty", "avg_px", "last_px", "market_value", "unrealized_pnl", "realized_pnl", "currency"
    ),
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command("status")
    def status(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Show the state of the running desk."""
        result = result_of(ask_desk(LookAsk("status"), profile))
        if json:
            print_json(result)
            return
        _print_status(result)

    @app.command("blotter")
    def blotter(
        part: Annotated[Part, typer.Argument(metavar="orders|fills|trades|positions|pnl")] = "orders",
        profile: ProfileOption = None,
        json: JsonFlag = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values, a header first.")] = False,
    ) -> None:
        """Show orders, fills, finished trades, positions or P&L; without a desk, what the journal tells."""
        if json and as_csv:
            raise typer.BadParameter("--json and --csv: one of them")
        result = _blotter(part, profile)
        if as_csv:
            print_csv([result] if isinstance(result, dict) else result, _COLUMNS[part])
        elif json:
            print_json(result)
        elif isinstance(result, dict):
            pairs(result.items())
        else:
            table(result, _columns(part, result, profile), f"no {part}")


def _columns(part: Part, rows: list[dict[str, Any]], profile: str | None) -> tuple[str, ...]:
    """Those of the part, and the account where the desk has several (or had: rows of two are told apart)."""
    from console.config.profiles import load_profile

    accounts = {row.get("account") for row in rows} - {None}
    if len(accounts) < 2 and accounts:
        accounts.update(load_profile(Paths.of(os.environ), profile)[1].all_accounts)
    return ("account", *_COLUMNS[part]) if len(accounts) > 1 else _COLUMNS[part]


def _blotter(part: Part, profile: str | None) -> Any:
    if part == "trades":
        return journaled(state_of(profile), part)
    try:
        return result_of(ask(socket_of(profile), LookAsk(part), ANSWER_S))
    except NoDeskError:
        return journaled(state_of(profile), part)
    except SilentDeskError as error:
        raise CommandError(str(error)) from None


def _print_status(result: dict[str, Any]) -> None:
    state = result["trading_state"] + (f" ({result['state_reason']})" if result["state_reason"] else "")
    journal = f"{'ok' if result['journal']['ok'] else 'DOWN'}, {result['journal']['seq']} facts"
    brokers = [
        f"{row['name']} {'connected' if row['connected'] else 'DISCONNECTED'} ({row['health']})"
        + ("" if row["breaker"] == "closed" else f", BREAKER {row['breaker'].upper()}")
        for row in result["brokers"]
    ]
    pairs(
        [
            ("mode", f"{result['mode']} {result['account']}, {result['market']}, {result['session']}"),
            ("trading state", state),
            *([("lock", f"LOCKED: {result['locked']}; tradedesk unlock asks for the PIN")] if result["locked"] else ()),
            *((said(row["scope"]), f"{row['state']} ({row['reason']})") for row in result["scopes"]),
            *(("trigger", f"{row['code']} on {said(row['scope'])}: {row['text']}") for row in result["triggers"]),
            ("equity", result["desk_equity"]),
            *((f"  of {row['account']}", _account(row)) for row in result["accounts"]),
            ("day P&L", result["day_pnl"]),
            ("working", f"{result['working_orders']} orders, {result['algos']} algos"),
            ("unknown orders", _unknown(result)),
            ("positions", result["positions"]),
            ("near a limit", _near(result)),
            ("breaks", result["breaks"]),
            ("dead letters", result["dead_letters"]),
            ("broker", "; ".join(brokers)),
            ("journal", journal),
            ("up", f"{result['uptime_s']} s, pid {result['pid']}"),
        ]
    )


def _account(row: dict[str, Any]) -> str:
    words = [row["equity"] or "not known", f"cash {row['cash']}"]
    if row["buying_power"] is not None:
        words.append(f"buying power {row['buying_power']}")
    return ", ".join([*words, "on stale prices"] if row["stale"] else words)


def _near(result: dict[str, Any]) -> str:
    """Meters from 70 % of their limit on."""
    near = [
        f"{row['label']} ({Decimal(row['used']):.0%})" + ("!!" if row["state"] == "critical" else "")
        for row in result.get("meters", [])
        if row["state"] in ("warn", "critical")
    ]
    return ", ".join(near) or "no meter"


def _unknown(result: dict[str, Any]) -> str:
    """How many, for how long, and what is being done."""
    if not result["unknown_orders"]:
        return "0"
    return f"{result['unknown_orders']}, oldest for {result['oldest_unknown_s']} s; the broker is asked again and again"

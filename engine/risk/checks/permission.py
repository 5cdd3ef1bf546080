"""May this account trade this instrument at all now: universe, readiness of the desk, trading state."""

from __future__ import annotations

from engine.model.enums import TradingState
from engine.model.order import symbols_of
from engine.risk.context import Context
from engine.risk.covered import strategy_of


def check_instrument(c: Context) -> None:
    """The symbol is in the universe and, if it expires, has not."""
    instrument = c.instrument
    symbol = c.request.symbol
    if instrument is None:
        c.deny(
            "UNKNOWN_INSTRUMENT",
            symbol,
            "universe.yaml",
            symbol,
            f"{symbol} is not in the universe; add it to universe.yaml",
        )
        return
    if instrument.option and c.now.market_ns >= instrument.option.expires_ns:
        expiry = instrument.option.expiry
        c.deny("OPTION_EXPIRED", expiry, "not expired", symbol, f"{symbol} expired on {expiry}")
    if instrument.future and c.now.market_ns >= instrument.future.expires_ns:
        expiry = instrument.future.expiry
        words = f"the last trade of {symbol} was on {expiry}; what is held is settled by the broker"
        c.deny("FUTURE_EXPIRED", expiry, "not expired", symbol, words)


def check_ready(c: Context) -> None:
    """No order before every limit that it is held to is given (an absent one is no limit at all), before this process
    compared itself with the account's broker, or while the journal is down."""
    account = c.state.accounts.get(c.request.account)
    if account is not None and account.reconciled and c.state.journal_ok and not c.limits.missing:
        return
    absent = c.limits.missing_to_reduce if c.reducing or c.shrinking else c.limits.missing
    missing = ", ".join(absent[:5])
    if missing:
        rest = len(absent) - 5
        words = f"risk_params.yaml lacks {missing}{f' and {rest} more' if rest > 0 else ''}; give each a value or off"
        words += " (tradedesk risk complete)"
        c.deny("LIMIT_MISSING", missing.replace(" ", ""), "given", "desk", words)
    if account is None:
        c.deny(
            "UNKNOWN_ACCOUNT",
            c.request.account,
            ",".join(c.state.accounts) or "none",
            c.request.account,
            f"account {c.request.account!r} is not open; open are {', '.join(c.state.accounts) or 'none yet'}",
        )
    elif not account.reconciled:
        c.deny(
            "NOT_RECONCILED",
            "no",
            "yes",
            c.request.account,
            "the broker has not been asked yet (or is not connected); wait for reconciliation",
        )
    if not c.state.journal_ok:
        c.deny("JOURNAL_DOWN", "down", "up", "desk", "the journal can't commit; nothing new goes out")


def check_trading_state(c: Context) -> None:
    """The strictest of desk, account, strategy and instrument wins. Reducing orders pass REDUCING; while HALTED only
    reducing orders placed by hand pass, and not where a kill is still at work."""
    if not c.state.trading and not c.state.kills:
        return
    request = c.request
    strategy = strategy_of(request)
    state, scope = c.state.trading_state(request.account, request.symbol, strategy)
    if state is TradingState.ACTIVE:
        return
    if state is TradingState.REDUCING:
        if not (c.reducing or c.shrinking):
            c.deny("TRADING_STATE", state.name, "ACTIVE", scope, "only reducing orders are taken now")
        return
    if request.origin == "manual" and c.reducing and c.replacing is None:
        kill = c.state.killing_by(request.account, symbols_of(request), strategy)
        if kill is None:
            return
        where = f"in {request.account}" if len(c.state.accounts) > 1 else "with the broker"
        words = f"the kill is not verified {where} yet ({kill.detail or kill.phase}); then reducing orders pass"
        c.deny("HALTED", state.name, "ACTIVE", scope, f"trading is halted: {words}; flat {request.symbol} works now")
        return
    reason = c.state.trading_reason.get(scope, "") or c.state.scope_state(scope)[1]
    c.deny("HALTED", state.name, "ACTIVE", scope, f"trading is halted: {reason or scope}")

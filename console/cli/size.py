"""tradedesk size: how large a position should be, by the desk's own functions; needs no running desk."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli.output import CommandError, JsonFlag, pairs, print_json, table
from engine.model.money import ONE, NumberError, parse_decimal, plain
from engine.risk.sizing.errors import SizingError

_METHODS = "kelly, fixed-fractional, vol-target, risk-parity or max-diversification"


def _number(text: str | Decimal) -> Decimal:
    """A decimal as typed; 5% is 0.05. (Typer sends an option's default through here as well.)"""
    if isinstance(text, Decimal):
        return text
    try:
        if text.endswith("%"):
            return parse_decimal(text[:-1], "per cent") / 100
        return parse_decimal(text, "number")
    except NumberError as error:
        raise typer.BadParameter(str(error)) from None


def _option(*names: str, help: str) -> Any:
    return typer.Option(*(f"--{name}" for name in names), metavar="N", parser=_number, help=help)


WinRate = Annotated[Decimal | None, _option("win-rate", help="Share of trades that win, 0.55 or 55%.")]
Payoff = Annotated[Decimal | None, _option("payoff", help="Average win in units of the average loss.")]
Mean = Annotated[Decimal | None, _option("mean", help="Mean return beyond the riskless rate.")]
Variance = Annotated[Decimal | None, _option("variance", help="Variance of the returns, of the same period.")]
Fraction = Annotated[Decimal, _option("fraction", help="Share of full Kelly, 0.5 = half.")]
Cap = Annotated[Decimal, _option("cap", help="Largest share of equity.")]
Equity = Annotated[Decimal, _option("equity", help="The account's equity.")]
Risk = Annotated[Decimal, _option("risk", help="Share of equity that may be lost, 0.01 or 1%.")]
Entry = Annotated[Decimal, _option("entry", help="Price of the entry.")]
Stop = Annotated[Decimal, _option("stop", help="Price of the protective stop.")]
Lot = Annotated[Decimal, _option("lot", help="The quantity is a multiple of it.")]
PointValue = Annotated[Decimal, _option("point-value", "multiplier", help="Money per unit when the price moves by 1.")]
Target = Annotated[Decimal, _option("target", help="Volatility to hold, 0.10 or 10% a year.")]
Realized = Annotated[Decimal, _option("realized", help="Volatility of the asset, of the same period.")]
ForEquity = Annotated[Decimal | None, _option("equity", help="With --price: a quantity for this equity, too.")]
Price = Annotated[Decimal | None, _option("price", help="With --equity: price of one unit.")]
Covariance = Annotated[
    Path | None, typer.Option("--cov", metavar="FILE.csv", help="Covariance matrix, with or without the assets' names.")
]
Prices = Annotated[
    Path | None,
    typer.Option(
        "--prices", metavar="FILE.csv", help="Daily closes instead: date,AAPL,BAC and a row a day (also .gz)."
    ),
]
Window = Annotated[int | None, typer.Option("--window", min=1, help="Of --prices: only the newest N common days.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help=f"How large a position should be: {_METHODS}.", rich_markup_mode=None)
    app.add_typer(group, name="size")

    @group.callback()
    def size() -> None:
        """How large a position should be."""

    @group.command("kelly")
    def kelly(
        win_rate: WinRate = None,
        payoff: Payoff = None,
        mean: Mean = None,
        variance: Variance = None,
        fraction: Fraction = ONE,
        cap: Cap = ONE,
        equity: ForEquity = None,
        price: Price = None,
        lot: Lot = ONE,
        point_value: PointValue = ONE,
        json: JsonFlag = False,
    ) -> None:
        """The share of equity that grows it fastest, by win rate and payoff or by mean and variance."""
        from engine.risk.sizing.kelly import kelly_binary, kelly_continuous

        try:
            if win_rate is not None and payoff is not None and (mean, variance) == (None, None):
                found = kelly_binary(win_rate, payoff, fraction=fraction, cap=cap)
            elif mean is not None and variance is not None and (win_rate, payoff) == (None, None):
                found = kelly_continuous(mean, variance, fraction=fraction, cap=cap)
            else:
                raise CommandError("say --win-rate and --payoff, or --mean and --variance", 2)
            _share("kelly", found, equity, price, lot, point_value, json)
        except SizingError as error:
            raise CommandError(str(error)) from None

    @group.command("fixed-fractional")
    def fixed_fractional(
        equity: Equity,
        risk: Risk,
        entry: Entry,
        stop: Stop,
        lot: Lot = ONE,
        point_value: PointValue = ONE,
        json: JsonFlag = False,
    ) -> None:
        """The quantity that loses a share of equity between entry and stop, rounded down to the lot."""
        from engine.risk.sizing.fixed_fractional import fixed_fractional as sized

        try:
            found = sized(equity, risk, entry, stop, lot=lot, point_value=point_value)
        except SizingError as error:
            raise CommandError(str(error)) from None
        _show(
            "fixed-fractional",
            {
                "qty": found.qty,
                "risk_amount": found.amount,
                "risk_per_unit": found.per_unit,
                "at_risk": found.at_risk,
            },
            json,
        )

    @group.command("vol-target")
    def vol_target(
        target: Target,
        realized: Realized,
        cap: Cap = ONE,
        equity: ForEquity = None,
        price: Price = None,
        lot: Lot = ONE,
        point_value: PointValue = ONE,
        json: JsonFlag = False,
    ) -> None:
        """The share of equity that moves as much as wanted: target over realised volatility, capped."""
        from engine.risk.sizing.volatility_target import volatility_target

        try:
            _share("vol-target", volatility_target(target, realized, cap=cap), equity, price, lot, point_value, json)
        except SizingError as error:
            raise CommandError(str(error)) from None

    @group.command("risk-parity")
    def risk_parity(
        cov: Covariance = None, prices: Prices = None, window: Window = None, json: JsonFlag = False
    ) -> None:
        """Weights by which every asset contributes the same risk; long only, sum 1."""
        _portfolio("risk-parity", cov, prices, window, json)

    @group.command("max-diversification")
    def max_diversification(
        cov: Covariance = None, prices: Prices = None, window: Window = None, json: JsonFlag = False
    ) -> None:
        """Weights of the most diversified portfolio; long only, sum 1, some perhaps exactly 0."""
        _portfolio("max-diversification", cov, prices, window, json)


def _share(
    method: str,
    weight: Decimal,
    equity: Decimal | None,
    price: Decimal | None,
    lot: Decimal,
    point_value: Decimal,
    json: bool,
) -> None:
    """Show a share of equity, and the quantity that it buys where equity and price are given."""
    from engine.risk.sizing.lots import units_for

    shown: dict[str, Decimal] = {"weight": weight}
    if (equity is None) is not (price is None):
        raise CommandError("--equity and --price go together", 2)
    if equity is not None and price is not None:
        shown["qty"] = units_for(weight, equity, price, lot=lot, point_value=point_value)
    _show(method, shown, json)


def _portfolio(method: str, cov: Path | None, prices: Path | None, window: int | None, json: bool) -> None:
    """Show the weights for a file of covariances or prices. Raises CommandError."""
    from engine.risk.sizing.max_diversification import max_diversification
    from engine.risk.sizing.risk_parity import risk_parity
    from engine.risk.sizing.weights import quantised

    path = cov if cov is not None else prices
    if path is None or None not in (cov, prices) or (window is not None and prices is None):
        raise CommandError("say --cov FILE.csv, or --prices FILE.csv (and --window N)", 2)
    try:
        names, covariance = _covariance(_text_of(path), is_prices=cov is None, window=window)
        solve = risk_parity if method == "risk-parity" else max_diversification
        weights = dict(zip(names, quantised(solve(covariance, names)), strict=True))
    except SizingError as error:
        raise CommandError(f"{path}: {error}") from None
    if json:
        print_json({"method": method, "weights": {name: _text(value) for name, value in weights.items()}})
        return
    table(
        [{"asset": name, "weight": f"{value:f}"} for name, value in weights.items()], ("asset", "weight"), "no assets"
    )


def _covariance(text: str, *, is_prices: bool, window: int | None) -> tuple[Sequence[str], Sequence[Sequence[float]]]:
    """(names, covariances) of a file's text. Raises SizingError."""
    from engine.risk.sizing.covariance_file import read_covariance
    from engine.risk.sizing.estimates import covariance_of
    from engine.risk.sizing.price_file import read_returns

    if is_prices:
        return covariance_of(read_returns(text), window)
    read = read_covariance(text)
    return read.names, read.rows


def _text_of(path: Path) -> str:
    """The file's text. Raises CommandError."""
    try:
        packed = path.read_bytes()
        return (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, EOFError, zlib.error):
        raise CommandError(f"{path}: is no UTF-8 text") from None


def _show(method: str, values: dict[str, Decimal], json: bool) -> None:
    texts = {name: _text(value) for name, value in values.items()}
    if json:
        print_json({"method": method, **texts, **({"weights": [texts["weight"]]} if "weight" in texts else {})})
        return
    pairs([("method", method), *((name.replace("_", " "), text) for name, text in texts.items())])


def _text(value: Decimal) -> str:
    """Without the zeros that the grid left behind it."""
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text

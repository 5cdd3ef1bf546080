"""tradedesk size: the desk's sizing functions from a shell, without a desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from console.cli.app import run
from engine.risk.sizing.max_diversification import max_diversification
from engine.risk.sizing.price_file import read_returns
from engine.risk.sizing.risk_parity import risk_parity
from tests.engine.risk.sizing.matrices import stocks20

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def size(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `tradedesk size ...`: (exit code, stdout, stderr)."""

    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["size", *arguments])
        output, errors = capsys.readouterr()
        return code, output, errors

    return command


@pytest.fixture
def covariance(tmp_path: Path) -> Path:
    path = tmp_path / "cov.csv"
    path.write_text("AAPL,BAC\n0.04,0.01\n0.01,0.01\n")
    return path


SIZED = [
    (["kelly", "--win-rate", "0.55", "--payoff", "1.5"], {"weight": "0.25", "weights": ["0.25"]}),
    (["kelly", "--win-rate", "55%", "--payoff", "1.5", "--fraction", "0.5"], {"weight": "0.125", "weights": ["0.125"]}),
    (["kelly", "--mean", "0.08", "--variance", "0.04", "--cap", "3"], {"weight": "2", "weights": ["2"]}),
    (["kelly", "--win-rate", "0.4", "--payoff", "1"], {"weight": "0", "weights": ["0"]}),
    (
        ["kelly", "--win-rate", "0.55", "--payoff", "1.5", "--equity", "100000", "--price", "190.52"],
        {"weight": "0.25", "qty": "131", "weights": ["0.25"]},
    ),
    (["vol-target", "--target", "10%", "--realized", "0.25"], {"weight": "0.4", "weights": ["0.4"]}),
    (["vol-target", "--target", "0.1", "--realized", "0.05", "--cap", "1.5"], {"weight": "1.5", "weights": ["1.5"]}),
    (
        ["fixed-fractional", "--equity", "100000", "--risk", "0.01", "--entry", "190.5", "--stop", "189.9"],
        {"qty": "1666", "risk_amount": "1000", "risk_per_unit": "0.6", "at_risk": "999.6"},
    ),
    (
        ["fixed-fractional", "--equity", "50000", "--risk", "2%", "--entry", "4500", "--stop", "4490", "--lot", "1",
         "--multiplier", "50"],
        {"qty": "2", "risk_amount": "1000", "risk_per_unit": "500", "at_risk": "1000"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "expected"), SIZED, ids=lambda value: " ".join(value)[:60])
def test_a_size_is_one_compact_line_of_json_with_decimals_as_strings(
    size: Run, arguments: list[str], expected: dict[str, object]
) -> None:
    code, output, errors = size(*arguments, "--json")

    assert (code, errors) == (0, "")
    assert output.count("\n") == 1
    assert ": " not in output
    assert json.loads(output) == {"method": arguments[0], **expected}


@pytest.mark.parametrize(
    ("method", "weights"),
    [
        ("max-diversification", {"AAPL": "0.333333333333", "BAC": "0.666666666667"}),
        ("risk-parity", {"AAPL": "0.333333333333", "BAC": "0.666666666667"}),
    ],
)
def test_portfolio_weights_come_by_name_and_sum_to_1(
    size: Run, covariance: Path, method: str, weights: dict[str, str]
) -> None:
    code, output, _ = size(method, "--cov", str(covariance), "--json")

    assert code == 0
    assert json.loads(output) == {"method": method, "weights": weights}
    assert sum(map(Decimal, weights.values())) == 1


def test_people_get_columns(size: Run, covariance: Path) -> None:
    assert size("vol-target", "--target", "0.1", "--realized", "0.25")[1] == "method  vol-target\nweight  0.4\n"
    assert size("risk-parity", "--cov", str(covariance))[1].splitlines() == [
        "asset          weight",
        "AAPL   0.333333333333",
        "BAC    0.666666666667",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "missing command"),
        (["martingale"], 2, "no such command 'martingale'"),
        (["kelly"], 2, "say --win-rate and --payoff, or --mean and --variance"),
        (["kelly", "--win-rate", "0.5"], 2, "say --win-rate and --payoff"),
        (["kelly", "--win-rate", "0.5", "--payoff", "1", "--mean", "1"], 2, "say --win-rate and --payoff"),
        (["kelly", "--win-rate", "x", "--payoff", "1"], 2, "'--win-rate': number: 'x' is not a number"),
        (["kelly", "--win-rate", "nan", "--payoff", "1"], 2, "'--win-rate': number: 'nan' is not a finite number"),
        (["kelly", "--win-rate", "1.5", "--payoff", "1"], 1, "win rate 1.5 is a probability"),
        (["kelly", "--win-rate", "0.5", "--payoff", "2", "--equity", "5"], 2, "--equity and --price go together"),
        (["vol-target", "--target", "0.1"], 2, "missing option '--realized'"),
        (["vol-target", "--target", "0.1", "--realized", "0"], 1, "realized 0 must be a number above 0"),
        (["fixed-fractional", "--equity", "1", "--risk", "1", "--entry", "5"], 2, "missing option '--stop'"),
        (
            ["fixed-fractional", "--equity", "9", "--risk", "1%", "--entry", "5", "--stop", "5"],
            1,
            "nothing is at risk between them",
        ),
        (["risk-parity"], 2, "say --cov FILE.csv, or --prices FILE.csv (and --window N)"),
        (["risk-parity", "--cov", "a", "--prices", "b"], 2, "say --cov FILE.csv, or --prices FILE.csv"),
        (["risk-parity", "--cov", "a", "--window", "5"], 2, "say --cov FILE.csv, or --prices FILE.csv"),
        (["max-diversification", "--prices", "/nowhere.csv"], 1, "/nowhere.csv: No such file or directory"),
        (["risk-parity", "--cov", "/nowhere.csv"], 1, "/nowhere.csv: No such file or directory"),
        (["risk-parity", "--cov", "/"], 1, "/: Is a directory"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_has_no_size_is_one_line_on_stderr(size: Run, arguments: list[str], code: int, says: str) -> None:
    got, output, errors = size(*arguments, "--json") if arguments else size()

    assert (got, output) == (code, "")
    assert errors.count("\n") == 1
    assert says in errors


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"A,B\n1,2\n2,1\n", "not positive semi-definite"),
        (b"A,B\n1,0.1\n0.2,1\n", "not symmetric"),
        (b"A,B\n1,0\n", "not square"),
        (b"A,B\n1,nan\nnan,1\n", "not a finite number"),
        (b"A,B\n1,0\n0,0\n", "the variance of B is 0"),
        (b"A,B\n1,-1\n-1,1\n", "no risk at all"),
        (b"\xff\xfe\x00", "is no UTF-8 text"),
        (b"", "is empty"),
    ],
)
@pytest.mark.parametrize("method", ["risk-parity", "max-diversification"])
def test_a_covariance_file_that_is_none_is_named_with_what_is_wrong(
    size: Run, tmp_path: Path, method: str, content: bytes, says: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    code, output, errors = size(method, "--cov", str(path))

    assert (code, output) == (1, "")
    assert errors.count("\n") == 1
    assert errors.startswith(f"tradedesk: {path}: ")
    assert says in errors


# --- from prices ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "solve"), [("risk-parity", risk_parity), ("max-diversification", max_diversification)]
)
@pytest.mark.parametrize("window", [None, 250])
def test_portfolios_of_recorded_closes_are_those_of_their_sample_covariance(
    size: Run, shared_data: Path, method: str, solve: Callable[..., list[float]], window: int | None
) -> None:
    path = shared_data / "multi_asset/stocks20_adjclose_1989_2018.csv.gz"
    names, covariance = stocks20(shared_data, window)

    code, output, _ = size(method, "--prices", str(path), *([] if window is None else ["--window", "250"]), "--json")

    assert code == 0
    weights = json.loads(output)["weights"]
    assert list(weights) == names
    assert [float(weights[name]) for name in names] == pytest.approx(solve(covariance.tolist()), abs=1e-11)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("date,A\n", "is empty"),
        ("date,A,A\n2024-01-02,1,1\n", "needs a name for each asset, each once"),
        ("date,A\n2024-01-02,1,1\n", "line 2 of the price file has 2 of 1 prices"),
        ("date,A\n2024-01-02,x\n", "line 2 of the price file: 'x' is no price of A"),
        ("date,A\n2024-01-02,-1\n", "'-1' is no price of A"),
        ("date,A\n2024-01-02,nan\n", "'nan' is no price of A"),
        ("date,A\n2024-01-02,1\n2024-01-02,1\n", "line 3 of the price file: '2024-01-02' is no later ISO date"),
        ("date,A\n02.01.2024,1\n", "'02.01.2024' is no later ISO date"),
        ("date,A\n2024-01-02,1\n2024-01-03,1\n", "1 daily returns in common; it takes 20"),
    ],
)
def test_a_price_file_that_is_none_says_where(size: Run, tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(content)

    code, output, errors = size("risk-parity", "--prices", str(path))

    assert (code, output) == (1, "")
    assert errors.count("\n") == 1
    assert says in errors


def test_a_day_without_a_price_is_no_return(size: Run, tmp_path: Path) -> None:
    rows = [f"2024-01-{day:02},{100 + day % 3},{'' if day == 9 else 50 + day % 4}" for day in range(1, 29)]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(["date,A,B", *rows]))

    returns = read_returns(path.read_text())

    assert len(returns["A"]) == 27
    assert set(returns["A"]) - set(returns["B"]) == {"2024-01-09", "2024-01-10"}
    assert returns["A"]["2024-01-02"] == 102 / 101 - 1
    assert size("risk-parity", "--prices", str(path))[0] == 0


def test_a_packed_file_that_is_none_is_no_traceback(size: Run, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv.gz"
    path.write_bytes(b"not gzip")

    code, _, errors = size("risk-parity", "--prices", str(path))

    assert code == 1
    assert errors.count("\n") == 1

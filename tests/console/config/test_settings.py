"""What good files of settings mean, and what a first start writes."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from console.config.defaults import default_texts, write_missing
from console.config.errors import ConfigError
from console.config.load import load_config
from console.config.models import Profile
from console.config.paths import Paths, make_private
from console.config.profiles import load_profile
from engine.market.sim_names import US_NAMES
from engine.model.enums import AssetClass
from engine.risk.limits import LIMIT_SPECS, Limits


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths.of({"TRADEDESK_HOME": str(tmp_path)})
    write_missing(paths)
    return paths


def test_a_home_variable_moves_config_and_state(tmp_path: Path) -> None:
    paths = Paths.of({"TRADEDESK_HOME": str(tmp_path), "XDG_CONFIG_HOME": "/elsewhere"})

    assert (paths.config, paths.state) == (tmp_path / "config", tmp_path / "state")


def test_without_it_the_xdg_folders_are_used() -> None:
    paths = Paths.of({"HOME": "/h", "XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "not/absolute"})

    assert (paths.config, paths.state) == (Path("/h/.config/tradedesk"), Path("/s/tradedesk"))


def test_each_mode_and_account_has_its_own_state_folder(tmp_path: Path) -> None:
    paths = Paths.of({"TRADEDESK_HOME": str(tmp_path)})

    assert paths.state_of("paper", "PAPER").folder == tmp_path / "state" / "paper"
    assert paths.state_of("live", "U123").folder == tmp_path / "state" / "live-U123"
    assert paths.state_of("paper", "PAPER").socket.name == "desk.sock"


def test_a_first_start_writes_every_file_for_its_owner_alone(paths: Paths) -> None:
    assert {path.name for path in paths.config.iterdir()} == {path.name for path in default_texts(paths)}
    assert paths.config.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in paths.config.iterdir())


def test_a_second_start_touches_nothing(paths: Paths) -> None:
    paths.risk_file.write_text("risk.max_order_qty: 5\n")

    assert write_missing(paths) == ()
    assert paths.risk_file.read_text() == "risk.max_order_qty: 5\n"


def test_the_shipped_files_say_what_the_program_does_without_them(paths: Paths) -> None:
    config = load_config(paths)

    assert config.profile == Profile()
    assert config.limits.limits.as_texts() == Limits.defaults().as_texts()
    assert config.warnings == ()


def test_the_limits_file_explains_every_limit(paths: Paths) -> None:
    text = paths.risk_file.read_text()

    assert all(f"# {spec.doc}" in text for spec in LIMIT_SPECS)


def test_the_universe_holds_the_recorded_names_and_a_dozen_more(paths: Paths) -> None:
    universe = {instrument.symbol: instrument for instrument in load_config(paths).universe}

    assert {"SPY", "IBM", "BAC", "AAPL", "FOXA"} <= universe.keys()
    assert {name.symbol for name in US_NAMES} <= universe.keys()
    assert universe["SPY"].asset_class is AssetClass.ETF
    assert universe["AAPL"].tick == Decimal("0.01")


def test_a_symbol_that_yaml_takes_for_a_truth_value_stays_a_symbol(paths: Paths) -> None:
    paths.universe_file.write_text("instruments:\n  ON: {sector: Technology}\n  Y: {}\n")

    assert [instrument.symbol for instrument in load_config(paths).universe] == ["ON", "Y"]


def test_money_is_exactly_what_was_written(paths: Paths) -> None:
    text = paths.desk_file.read_text()
    paths.desk_file.write_text(text.replace("cash: 5000000", "cash: 100000.10").replace("share: 0", "share: 0.0035"))

    paper = load_profile(paths)[1].paper

    assert paper.cash == Decimal("100000.10")
    assert paper.commission_per_share == Decimal("0.0035")


def test_a_limit_is_exactly_what_was_written_and_the_hash_is_the_files(paths: Paths) -> None:
    data = b"risk:\n  max_position_pct: 0.10\n"
    paths.risk_file.write_bytes(data)

    loaded = load_config(paths).limits

    assert loaded.limits.as_texts() == {"risk.max_position_pct": "0.10"}
    assert loaded.limits.value("risk.max_position_pct") == Decimal("0.10")
    assert loaded.hash == hashlib.sha256(data).hexdigest()


def test_absent_limits_stay_absent_and_off_is_off(paths: Paths) -> None:
    paths.risk_file.write_text("risk:\n  max_order_qty: off\n  max_quote_age_s:\nactions:\n  # all left out\n")

    limits = load_config(paths).limits.limits

    assert limits.is_off("risk.max_order_qty")
    assert "risk.max_position_pct" in limits.missing


def test_limits_may_be_written_with_dots(paths: Paths) -> None:
    paths.risk_file.write_text("risk.max_order_qty: 7\nrisk:\n  max_quote_age_s.equity: 9\n")

    limits = load_config(paths).limits.limits

    assert limits.value("risk.max_order_qty") == Decimal(7)
    assert limits.value("risk.max_quote_age_s.equity") == Decimal(9)


def test_the_profile_is_chosen_by_name(paths: Paths) -> None:
    paths.desk_file.write_text("profiles:\n  paper: {}\n  slow:\n    paper: {latency_ms: [200, 400]}\n")

    assert load_profile(paths, "slow")[1].paper.latency_ms == (200, 400)
    with pytest.raises(ConfigError, match="there is no profile 'fast'; expected one of paper, slow"):
        load_profile(paths, "fast")


def test_a_live_profile_that_is_not_chosen_does_not_stop_the_paper_desk(paths: Paths) -> None:
    paths.desk_file.write_text("profiles:\n  paper: {}\n  real: {mode: live, account: U1}\n")

    assert load_profile(paths)[0] == "paper"
    assert load_profile(paths, "real")[1].mode == "live", "whether it may be opened is asked when it is"


def test_without_any_file_the_profile_is_paper(tmp_path: Path) -> None:
    assert load_profile(Paths.of({"TRADEDESK_HOME": str(tmp_path)})) == ("paper", Profile())


def test_kill_keys_are_told_apart(paths: Paths) -> None:
    kill = load_profile(paths)[1].kill

    assert (kill.once, kill.twice, kill.grace_ns) == ("f12", "ctrl+x", 3_000_000_000)


def test_keys_can_be_remapped(paths: Paths) -> None:
    paths.keymap_file.write_text('[keys]\n"order.cancel" = "x"\nquit = ["q", "f10"]\n')

    assert load_config(paths).keymap.bindings == {"order.cancel": "x", "quit": "q,f10"}
    with pytest.raises(ConfigError, match=r"keymap.toml:3: keys.quit: unknown key; .*nearest valid key 'quits'"):
        load_config(paths, actions=["order.cancel", "quits"])


def test_roles_name_who_may_do_what(paths: Paths) -> None:
    paths.roles_file.write_text("users:\n  bob: [risk]\n")

    roles = load_config(paths).roles

    assert roles.given == {"bob": ("risk_manager",)}, "the word of earlier versions"
    assert roles.may("bob", "stop")
    assert not roles.may("bob", "trade")
    assert not roles.may("eve", "look")
    assert not roles.enforced, "the trader can write roles.yaml"


def test_without_users_everybody_has_every_role(paths: Paths) -> None:
    assert load_config(paths).roles.may("anybody", "pin_reset")


def test_a_state_folder_is_made_private(tmp_path: Path) -> None:
    make_private(tmp_path / "a" / "b")

    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_anybody_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)

    with pytest.raises(ConfigError, match="anybody may write in it"):
        make_private(tmp_path / "open")


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="can't be made"):
        make_private(tmp_path / "file")


def test_limits_by_scope_come_from_their_groups(paths: Paths) -> None:
    write_missing(paths)
    more = "users:\n  root: {risk: {max_order_qty: 7}}\naccounts:\n"
    more += "instruments:\n  BRK.B:\n    risk.max_position_pct: 0.05\n"
    paths.risk_file.write_text(paths.risk_file.read_text() + more)
    config = load_config(paths)
    limits = config.limits.limits
    assert limits.covering("PAPER", "", "root", "AAPL").max_order_qty == Decimal(7)
    assert limits.covering("PAPER", "", "bob", "BRK.B").max_position_pct == Decimal("0.05")
    assert limits.covering("PAPER", "", "bob", "AAPL") is limits


def test_an_instrument_with_limits_that_nobody_knows_is_said(paths: Paths) -> None:
    write_missing(paths)
    more = "instruments:\n  AAPPL: {risk: {max_order_qty: 7}}\n  AAPL260116C00200000: {risk: {max_order_qty: 7}}\n"
    paths.risk_file.write_text(paths.risk_file.read_text() + more)
    assert [("AAPPL" in text) for text in load_config(paths).warnings] == [True]


def test_limits_of_an_account_of_any_profile_load_and_a_strategy_is_known_later(paths: Paths) -> None:
    write_missing(paths)
    more = "accounts:\n  PAPER: {risk: {max_order_qty: 7}}\nstrategies:\n  mean: {risk: {max_order_qty: 7}}\n"
    paths.risk_file.write_text(paths.risk_file.read_text() + more)
    (warning,) = load_config(paths).warnings
    assert "strategies: mean: a strategy is known by its orders alone" in warning


def test_the_six_limits_of_a_short_file_load_and_what_is_absent_is_named(paths: Paths) -> None:
    write_missing(paths)
    paths.risk_file.write_text(
        "risk: {max_position_pct: 0.10, max_portfolio_positions: 20, max_daily_loss_pct: 0.05, "
        "max_drawdown_pct: 0.15, max_sector_exposure: 0.30, max_correlation: 0.80}\n"
    )
    loaded = load_config(paths).limits
    assert len(loaded.limits.as_texts()) == 6
    assert all(key in loaded.warnings[-1] for key in loaded.limits.missing)

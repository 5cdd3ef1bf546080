"""The volume profiles that a user keeps beside tradedesk.yaml, and a VWAP by one of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from console.config.errors import ConfigError
from console.config.volume_profiles import load_volume_profiles
from engine.algos.kind import PlanError, Sight
from engine.algos.kinds.vwap import Vwap
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from tests.engine.dealing import ACCOUNT, BUY, SECOND, D

DAY = 86_400 * SECOND


def test_a_file_is_a_profile_by_its_name_and_a_vwap_follows_it(tmp_path: Path) -> None:
    (tmp_path / "Mine.csv").write_text("time,weight\n00:00,1\n12:00,3\n24:00,\n")
    (tmp_path / "notes.txt").write_text("not a profile")
    profiles = load_volume_profiles(tmp_path)
    assert list(profiles) == ["mine"]
    spec = AlgoSpec("vwap", ACCOUNT, "IBM", BUY, D(400), 0, DAY, slices=4, profile_name="mine")
    sight = Sight(0, Instrument("IBM"), profiles=profiles)
    complete = Vwap().complete(spec, sight)
    assert [part for _, part in Vwap().plan(complete, sight)] == [50, 50, 150, 150]
    with pytest.raises(PlanError, match="there is no profile yours in volume_profiles/; found mine"):
        Vwap().complete(msgspec.structs.replace(spec, profile_name="yours"), sight)


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert dict(load_volume_profiles(tmp_path / "nothing")) == {}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("2nd", "time,weight\n09:30,1\n16:00,\n", "'2nd' is no name of a profile"),
        ("mine", "time,weight\n09:30,x\n16:00,\n", "line 2: weight"),
        ("mine", "", "0 rows; expected"),
    ],
)
def test_a_file_that_is_none_is_refused_by_its_name_and_line(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / f"{name}.csv").write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_volume_profiles(tmp_path)

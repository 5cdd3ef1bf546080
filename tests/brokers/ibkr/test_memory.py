"""What outlives the process: ids that are never used twice, the versions of orders."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from brokers.ibkr.memory import Memory, Placed, Version


def placed(root: str, order_id: int) -> Placed:
    version = Version(root, Decimal(100), Decimal("99.10"))
    return Placed(root, order_id, "IBM", "sell_short", "LMT", "DAY", [version])


def test_no_id_is_ever_used_twice_also_where_tws_offers_it_again(tmp_path: Path) -> None:
    used: set[int] = set()
    for offered in (1, 5_000, 1, 7):  # it rolled back, after a restart
        memory = Memory(tmp_path / "ids")
        memory.at_least(offered)
        mine = {memory.next_id() for _ in range(20)}
        assert not mine & used
        used |= mine
        memory.close()


def test_orders_and_their_versions_are_there_again(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "ids")
    memory.placed(placed("a1", 17))
    memory.changed("a1", Version("a1r1", Decimal(200), Decimal("99.10")))
    memory.close()
    again = Memory(tmp_path / "ids")
    assert again.root_of("a1r1") == "a1"
    assert again.root_of("other") == "other"
    assert again.orders["a1"].versions == [
        Version("a1", Decimal(100), Decimal("99.10")),
        Version("a1r1", Decimal(200), Decimal("99.10")),
    ]
    assert (again.orders["a1"].order_id, again.orders["a1"].side) == (17, "sell_short")


def test_a_line_that_a_crash_cut_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "ids"
    memory = Memory(path)
    first = memory.next_id()
    memory.placed(placed("a1", first))
    memory.close()
    path.write_bytes(path.read_bytes() + b'{"type":"order","plac')
    again = Memory(path)
    assert list(again.orders) == ["a1"]
    again.placed(placed("a2", again.next_id()))
    again.close()
    assert list(Memory(path).orders) == ["a1", "a2"]


def test_without_a_file_nothing_is_kept_and_ids_still_grow() -> None:
    memory = Memory(None)
    memory.at_least(9)
    assert [memory.next_id() for _ in range(3)] == [9, 10, 11]

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from widgets.grid.model import Row
from widgets.grid.row_store import RowStore

keys = st.lists(st.sampled_from("ABCDEFGH"), unique=True, max_size=8)
updates = st.lists(
    st.tuples(keys, st.one_of(st.none(), st.permutations("ABCDEFGH")), st.booleans(), st.booleans()), max_size=12
)


def rows_of(names: list[str], value: int) -> list[Row]:
    return [Row(name, (str(value),)) for name in names]


def shown(store: RowStore) -> list[str]:
    return [row.key for row in store.rows]


@given(updates=updates)
def test_after_every_update_exactly_the_given_rows_are_there_and_none_moved_without_leave(
    updates: list[tuple[list[str], list[str] | None, bool, bool]],
) -> None:
    store = RowStore()
    for value, (names, order, pinned, may_reorder) in enumerate(updates):
        before = shown(store)
        given_rows = rows_of(names, value)
        if not store.replace(given_rows, order):
            moved = store.update(given_rows, order, pinned=pinned, may_reorder=may_reorder and not pinned)
            staying = [key for key in before if key in names]
            kept = [key for key in shown(store) if key in before]
            assert kept == staying or moved
            if pinned:
                assert shown(store)[: len(staying)] == staying, "new rows stand behind the old ones"
        assert sorted(shown(store)) == sorted(names)
        assert {row.cells for row in store.rows} <= {(str(value),)}
        assert all(store.index_of(row.key) == index for index, row in enumerate(store.rows))


@given(updates=updates)
def test_the_order_that_was_asked_for_last_is_always_reached(
    updates: list[tuple[list[str], list[str] | None, bool, bool]],
) -> None:
    store = RowStore()
    wanted: list[str] = []
    for value, (names, order, pinned, _) in enumerate(updates):
        given_rows = rows_of(names, value)
        if not store.replace(given_rows, order):
            store.update(given_rows, order, pinned=pinned, may_reorder=False)
        wanted = names if order is None else [key for key in order if key in names]
    if store.order_pending:
        store.reorder()
    assert shown(store) == wanted
    assert not store.order_pending


def test_a_list_that_its_owner_changes_in_place_is_noticed() -> None:
    store = RowStore()
    rows = rows_of(["A", "B"], 1)
    store.update(rows, None, pinned=False, may_reorder=True)
    rows[1] = Row("B", ("2",))
    assert store.replace(rows, None)
    assert store.rows[1].cells == ("2",)
    rows.append(Row("C", ("3",)))
    assert not store.replace(rows, None), "another set of keys is not a mere replacement"

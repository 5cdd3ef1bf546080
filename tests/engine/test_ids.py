"""Client order ids: short, plain, never repeated."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.ids import is_version_of, replace_id, root_id
from engine.model.digits import base36

SEQUENCE = st.integers(min_value=1, max_value=36**6 - 1)
DESK = st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=7, max_size=7)


@given(SEQUENCE)
def test_the_digits_say_the_number(number: int) -> None:
    text = base36(number, 6)
    assert len(text) == 6
    assert int(text, 36) == number


def test_zero_is_padded() -> None:
    assert base36(0, 6) == "000000"


@given(DESK, SEQUENCE, st.integers(min_value=1, max_value=999_999))
def test_every_id_is_at_most_twenty_letters_and_digits(desk: str, sequence: int, number: int) -> None:
    for ident in (root_id(desk, sequence), replace_id(root_id(desk, sequence), number)):
        assert re.fullmatch(r"[A-Za-z0-9]{1,20}", ident)


@given(DESK, st.lists(st.tuples(SEQUENCE, st.integers(0, 999_999)), unique=True, max_size=50))
def test_no_two_versions_of_any_two_orders_share_an_id(desk: str, versions: list[tuple[int, int]]) -> None:
    idents = {
        root_id(desk, sequence) if number == 0 else replace_id(root_id(desk, sequence), number)
        for sequence, number in versions
    }
    assert len(idents) == len(versions)


def test_ids_of_one_desk_sort_in_the_order_in_which_they_were_made() -> None:
    idents = [root_id("desk001", n) for n in range(1, 3000)]
    assert idents == sorted(idents)


@given(DESK | DESK.map(lambda desk: desk[:6] + "r"), SEQUENCE, st.integers(min_value=1, max_value=999_999))
def test_every_version_tells_its_root_whatever_letters_the_desk_has(desk: str, sequence: int, number: int) -> None:
    root, other = root_id(desk, sequence), root_id(desk, sequence % (36**6 - 1) + 1)
    for ident in (root, replace_id(root, number)):
        assert is_version_of(ident, root)
        assert not is_version_of(ident, other)
    assert not is_version_of(root, replace_id(root, number))
    assert not is_version_of("", root)

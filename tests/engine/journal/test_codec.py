from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from engine.facts import AlertsAcked, Fact, LimitsLoaded, OrderAccepted, OrderRejected
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from tests.engine.journal.samples import KINDS, any_fact, fill


@given(any_fact)
def test_every_fact_comes_back_as_it_was(fact: Fact) -> None:
    codec = FactCodec()
    kind, payload = codec.encode(fact)
    assert codec.decode(kind, payload) == fact
    assert codec.decode(kind, payload.decode()) == fact


@given(any_fact)
def test_a_fact_read_back_is_written_the_same_way(fact: Fact) -> None:
    codec = FactCodec()
    kind, payload = codec.encode(fact)
    assert codec.encode(codec.decode(kind, payload)) == (kind, payload)


def test_each_kind_of_fact_has_a_name_of_its_own() -> None:
    tags = {fact.__struct_config__.tag for fact in KINDS}  # type: ignore[attr-defined]
    assert len(tags) == len(KINDS)


def test_the_name_stands_in_the_payload_too() -> None:
    written = FactCodec().encode(AlertsAcked(3, "ann"))
    assert written == ("alerts_acked", b'{"kind":"alerts_acked","upto":3,"user":"ann"}')


def test_the_order_in_which_a_map_was_filled_does_not_show() -> None:
    codec = FactCodec()
    one = LimitsLoaded("h", {"b": "1", "a": "2"})
    other = LimitsLoaded("h", {"a": "2", "b": "1"})
    assert codec.encode(one) == codec.encode(other)


def test_money_keeps_its_digits() -> None:
    codec = FactCodec()
    kind, payload = codec.encode(fill(1))
    read = codec.decode(kind, payload)
    assert b'"190.50"' in payload
    assert str(read.execution.last_px) == "190.50"  # type: ignore[union-attr]
    assert isinstance(read.execution.fee, Decimal)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("alerts_acked", "{", "truncated"),
        ("alerts_acked", "not json", "malformed"),
        ("alerts_acked", '{"kind":"alerts_acked"}', "upto"),
        ("alerts_acked", '{"kind":"alerts_acked","upto":"x","user":""}', r"\$\.upto"),
        ("teleported", '{"kind":"teleported"}', "no kind of fact that this program knows; a newer one wrote it"),
        ("alerts_acked", '{"kind":"broker_up","broker":"paper"}', "the payload says broker_up"),
        ("alerts_acked", "[]", "array"),
    ],
)
def test_what_is_no_fact_is_refused_by_name(kind: str, payload: str, said: str) -> None:
    with pytest.raises(JournalError, match=f"^{kind}: .*{said}"):
        FactCodec().decode(kind, payload)


def _ack_of_long_ago(fields: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "order_acked.2", "cl_ord_id": fields["id"], "broker_id": fields["broker_id"]}


def _ack_of_yesterday(fields: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "order_accepted", "cl_ord_id": fields["cl_ord_id"], "order_id": fields["broker_id"]}


def test_facts_of_old_kinds_are_brought_up_to_date_step_by_step() -> None:
    codec = FactCodec({"order_acked": _ack_of_long_ago, "order_acked.2": _ack_of_yesterday})
    oldest = '{"kind":"order_acked","id":"X1","broker_id":"P9"}'
    older = '{"kind":"order_acked.2","cl_ord_id":"X1","broker_id":"P9"}'
    current = codec.encode(OrderRejected("X1", "no"))
    assert codec.decode("order_acked", oldest) == OrderAccepted("X1", "P9")
    assert codec.decode("order_acked.2", older) == OrderAccepted("X1", "P9")
    assert codec.decode(*current) == OrderRejected("X1", "no")


def test_an_old_kind_without_its_upcaster_is_refused() -> None:
    with pytest.raises(JournalError, match="order_acked"):
        FactCodec().decode("order_acked", '{"kind":"order_acked","id":"X1","broker_id":"P9"}')


def test_an_upcaster_that_makes_no_fact_is_an_error_of_the_journal() -> None:
    codec = FactCodec({"order_acked": lambda fields: {**fields, "kind": "order_accepted"}})
    with pytest.raises(JournalError, match="cl_ord_id"):
        codec.decode("order_acked", '{"kind":"order_acked"}')


def test_a_current_kind_can_not_be_upcast() -> None:
    with pytest.raises(ValueError, match="order_accepted"):
        FactCodec({"order_accepted": _ack_of_long_ago})

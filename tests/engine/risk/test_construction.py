"""By construction: nothing reaches a broker but what the risk engine stamped. The tree is searched for any other way,
and each place that hands orders on refuses anything else at run time."""

from __future__ import annotations

import ast
import copy
import pickle
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from brokers.declared import refuse_other_replace, refuse_undeclared
from engine import inputs as i
from engine.effects import ReplaceOrder, SubmitOrder
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder, BrokerReplace
from engine.risk import approval
from engine.risk.approval import Approved, is_genuine, stamp_approved
from tests.engine.risk.seat import BROKER, D, Seat, buy
from tests.engine.runtime.test_gateway import Line

#: One worker reads the tree once.
pytestmark = pytest.mark.xdist_group("construction")

ROOT = Path(__file__).resolve().parents[3]
#: All code that is shipped. (Tests and tools may stamp what they like: they are not installed.)
PACKAGES = ("engine", "brokers", "console", "widgets", "themes")
ENGINE, APPROVAL = "engine/risk/engine.py", "engine/risk/approval.py"
#: What the engine alone makes: the stamp, and the orders that a broker takes.
MADE_BY_ENGINE = ("stamp_approved", "BrokerOrder", "BrokerReplace")
GUARDED = ("Approved", "stamp_approved", "BrokerOrder", "BrokerReplace")


@cache
def _trees() -> tuple[tuple[str, ast.Module], ...]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(paths) > 200
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())) for path in paths)


@cache
def _nodes() -> tuple[tuple[str, ast.AST], ...]:
    """What names, calls, binds or holds something: all that the questions below ask about."""
    asked = (
        *(ast.Call, ast.Name, ast.Attribute, ast.alias, ast.ImportFrom, ast.Import, ast.ClassDef),
        *(ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Dict, ast.Tuple, ast.List, ast.Set),
    )
    return tuple((path, node) for path, tree in _trees() for node in ast.walk(tree) if isinstance(node, asked))


@cache
def _called() -> dict[str, frozenset[str]]:
    """What is called by this name, and where."""
    found: dict[str, set[str]] = {}
    for path, node in _nodes():
        if isinstance(node, ast.Call):
            found.setdefault(_name_of(node.func), set()).add(path)
    return {name: frozenset(paths) for name, paths in found.items()}


def _name_of(node: ast.expr) -> str:
    """What is named, also as an attribute or subscripted: approval.Approved[X] -> Approved."""
    if isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _calls(name: str) -> frozenset[str]:
    return _called().get(name, frozenset())


# --- no other way in the tree -----------------------------------------------------------------------------------------


def test_an_approval_is_made_by_its_stamp_alone_and_stamped_in_the_risk_engine_alone() -> None:
    assert _calls("Approved") == {APPROVAL}
    assert _calls("stamp_approved") == {ENGINE}


def test_the_orders_that_a_broker_takes_are_made_in_the_risk_engine_alone() -> None:
    assert _calls("BrokerOrder") == _calls("BrokerReplace") == {ENGINE}


def test_the_mark_of_the_stamp_is_named_in_its_own_file_alone() -> None:
    users = {
        path
        for path, node in _nodes()
        if (isinstance(node, ast.Name | ast.Attribute) and _name_of(node) == "_MARK")
        or (isinstance(node, ast.alias) and node.name == "_MARK")
    }
    assert users == {APPROVAL}


def test_nobody_has_another_name_for_what_is_guarded_or_a_kind_of_its_own_of_it() -> None:
    """Imported under another name, assigned, subclassed, or put into a container from which it could be called."""
    for path, node in _nodes():
        if isinstance(node, ast.ImportFrom | ast.Import):
            assert all(name.asname is None for name in node.names if name.name in GUARDED), path
            whole = [n for n in node.names if n.name.endswith("engine.risk.approval")]
            assert not whole, f"{path}: the module itself is imported"
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("engine.risk"):
                assert all(name.name != "approval" for name in node.names), path
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("risk.approval"):
                assert all(name.name != "*" for name in node.names), path
                if any(name.name == "stamp_approved" for name in node.names):
                    assert path == ENGINE
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            assert _name_of(node.value) not in GUARDED or _is_annotation(node.value), path
        if isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set) and path != APPROVAL:
            loads = [value for value in ast.iter_child_nodes(node) if isinstance(value, ast.expr)]
            assert not any(_name_of(value) in ("Approved", "stamp_approved") for value in loads), path
        if isinstance(node, ast.ClassDef):
            assert not any(_name_of(base) in GUARDED for base in node.bases), path


def _is_annotation(value: ast.expr) -> bool:
    return isinstance(value, ast.Subscript)


def test_no_approval_is_made_by_copying_decoding_or_behind_the_back_of_its_class() -> None:
    """Calls through which an instance could come to be without its class being called."""
    ways = (
        "replace",
        "convert",
        "decode",
        "copy",
        "deepcopy",
        "__new__",
        "__reduce__",
        "__setstate__",
        "force_setattr",
    )
    for path, node in _nodes():
        if isinstance(node, ast.Call) and _name_of(node.func) in (
            *ways,
            "setattr",
            "__setattr__",
            "getattr",
            "partial",
        ):
            words = ast.unparse(node)
            if words == "self._adapter.replace(effect.approved.order)":
                continue  # the hand-over itself
            assert "approved" not in words.lower(), f"{path}: {words}"
            assert "stamp_approved" not in [_name_of(a) for a in node.args], f"{path}: {words}"
        if isinstance(node, ast.Call) and _name_of(node.func) in ("Decoder", "MsgpackDecoder"):
            assert "Approved" not in ast.unparse(node), path
        if isinstance(node, ast.Attribute) and node.attr == "__class__":
            assert not isinstance(node.ctx, ast.Store), f"{path}: an object is given another class"


@pytest.mark.parametrize("name", MADE_BY_ENGINE[1:])
def test_no_broker_order_is_changed_after_its_approval(name: str) -> None:
    """`structs.replace` of a broker order is a way to send something else than what was checked: the engine's own use,
    before it stamps, is the only one."""
    changers = set()
    for path, node in _nodes():
        if not isinstance(node, ast.Call) or _name_of(node.func) != "replace" or not node.args:
            continue
        if not ast.unparse(node.func).endswith("structs.replace"):
            continue
        what = ast.unparse(node.args[0])
        if what.endswith("approved.order") or (path == ENGINE and what in ("order", "replace")):
            changers.add(path)
    assert changers <= {ENGINE}, name


@pytest.mark.parametrize(
    ("effect", "beside"),
    [("SubmitOrder", "engine/orders/release.py"), ("ReplaceOrder", "engine/orders/contingency.py")],
)
def test_orders_are_sent_from_the_intake_and_from_where_held_ones_go_out_alone(effect: str, beside: str) -> None:
    assert _calls(effect) == {"engine/orders/intake.py", beside}


def test_the_bytes_leave_in_one_place() -> None:
    """Whoever else called an adapter would go around the gate."""
    handed = {
        (path, ast.unparse(node))
        for path, node in _nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("submit", "replace")
        and ast.unparse(node.func.value).endswith(("adapter", "broker", "_adapter", "_broker"))
    }
    assert handed == {
        ("engine/runtime/handover.py", "self._adapter.submit(effect.approved.order)"),
        ("engine/runtime/handover.py", "self._adapter.replace(effect.approved.order)"),
    }


def test_the_effects_that_reach_a_broker_take_approvals_only() -> None:
    fields = {effect: msgspec.structs.fields(effect)[0].type for effect in (SubmitOrder, ReplaceOrder)}
    assert fields == {SubmitOrder: Approved[BrokerOrder], ReplaceOrder: Approved[BrokerReplace]}


# --- nor at run time --------------------------------------------------------------------------------------------------


WANTED = BrokerOrder("A", "A1", "IBM", Side.BUY, D(1), OrdType.MARKET, TimeInForce.DAY)
OTHER = BrokerOrder("A", "A1", "IBM", Side.BUY, D(999), OrdType.MARKET, TimeInForce.DAY)


def _genuine() -> Approved[BrokerOrder]:
    return stamp_approved(WANTED, 0, reducing=False)


class _Like(msgspec.Struct):
    """Looks like an approval."""

    order: BrokerOrder = WANTED
    epoch: int = 0
    reducing: bool = False
    seal: object = None


def _decoded() -> object:
    kind = Approved[BrokerOrder]
    return msgspec.json.decode(msgspec.json.encode(_Like(seal=[0, 0, 0, False])), type=kind)


def _another_class() -> object:
    like = _Like(seal=_genuine().seal)
    try:
        like.__class__ = Approved  # type: ignore[assignment]
    except TypeError:
        return like
    return like


FORGED: dict[str, Any] = {
    "made without a stamp": lambda: Approved(WANTED, 0, reducing=False),
    "with a mark of its own": lambda: Approved(WANTED, 0, False, (object(), WANTED, 0, False)),
    "another order under the same stamp": lambda: msgspec.structs.replace(_genuine(), order=OTHER),
    "an equal order under the same stamp": lambda: msgspec.structs.replace(_genuine(), order=copy.copy(WANTED)),
    "another epoch under the same stamp": lambda: msgspec.structs.replace(_genuine(), epoch=1),
    "of another time of its scope's gate": lambda: msgspec.structs.replace(_genuine(), seq=9),
    "of another strategy": lambda: msgspec.structs.replace(_genuine(), strategy="free"),
    "of other legs": lambda: msgspec.structs.replace(_genuine(), legs=("IBM",)),
    "said to be reducing": lambda: msgspec.structs.replace(_genuine(), reducing=True),
    "with another's seal": lambda: Approved(OTHER, 0, False, _genuine().seal),
    "decoded": _decoded,
    "converted": lambda: msgspec.convert(_Like(), Approved[BrokerOrder], from_attributes=True),
    "of another class": _another_class,
    "something alike": _Like,
}


@pytest.mark.parametrize("way", FORGED)
def test_no_forged_approval_is_genuine(way: str) -> None:
    assert is_genuine(_genuine())
    assert not is_genuine(FORGED[way]())


@pytest.mark.parametrize("thing", [None, WANTED, (), ("A", 0, False), "A", SubmitOrder(_genuine())])
def test_nothing_else_is_an_approval(thing: object) -> None:
    assert not is_genuine(thing)


def test_an_approval_has_no_subclass_no_copy_no_pickle_and_does_not_come_from_nothing() -> None:
    with pytest.raises(TypeError, match="no other kinds"):
        type("Mine", (Approved,), {})
    for made in (lambda: object.__new__(Approved), lambda: Approved.__new__(Approved)):
        with pytest.raises(TypeError, match="not safe"):
            made()
    for way in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            way(_genuine())
    with pytest.raises(AttributeError):
        _genuine().order = OTHER  # type: ignore[misc]


def test_the_repr_says_nothing_of_the_seal() -> None:
    assert "seal" not in repr(_genuine())
    assert "object at" not in repr(_genuine())


@pytest.mark.parametrize("way", [way for way in FORGED if way not in ("something alike", "of another class")])
async def test_the_gateway_sends_no_forged_approval_and_says_so(way: str) -> None:
    async with Line() as line:
        line.gateway.submit(SubmitOrder(FORGED[way]()))
        line.gateway.submit(
            SubmitOrder(stamp_approved(msgspec.structs.replace(WANTED, cl_ord_id="B"), 0, reducing=False))
        )
        withheld = await line.until(i.Withheld)
        assert [(w.cl_ord_id, w.cause) for w in withheld] == [("A", "unstamped")]
        await line.gateway.close()
        assert line.wire.got == ["B"]


@pytest.mark.parametrize("thing", [WANTED, buy("1"), "A", None])
async def test_the_gateway_takes_nothing_that_is_no_effect(thing: Any) -> None:
    async with Line() as line:
        with pytest.raises(AttributeError):
            line.gateway.submit(thing)
        assert line.wire.got == []


@pytest.mark.parametrize(
    "thing", [buy("1"), "A", None, _genuine(), BrokerReplace("B", "A", None, "A1", "IBM", D(1), None, None)]
)
def test_an_adapter_refuses_what_is_no_approved_order(thing: Any) -> None:
    with pytest.raises(TypeError, match="nothing was sent"):
        refuse_undeclared(BROKER, thing)


@pytest.mark.parametrize("thing", [buy("1"), "A", None, WANTED])
def test_an_adapter_refuses_what_is_no_approved_replace(thing: Any) -> None:
    with pytest.raises(TypeError, match="nothing was sent"):
        refuse_other_replace(thing)


def test_what_was_denied_is_never_stamped() -> None:
    seat = Seat()
    seat.quote("AAPL", "99.99", "100.01")
    denied = seat.look(buy("60000"))
    assert denied.denials
    with pytest.raises(ValueError, match="denied"):
        seat.risk.approve(denied, "X")
    passed = seat.look(buy("1"))
    made = seat.risk.approve(passed, "X")
    assert is_genuine(made)
    with pytest.raises(ValueError, match="denied or new"):
        seat.risk.approve_replace(passed, "Y")


def test_the_mark_is_one_object_and_not_exported() -> None:
    assert type(approval._MARK) is object

"""Roles: every command of a person x every role, by an expectation written here and not taken from the code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, get_args

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine.effects import Reply
from engine.model.alert_rule import AlertWish
from engine.model.basket import BasketItem
from engine.model.enums import OrdStatus, OrdType
from engine.model.order import OrderRequest, ReplaceRequest
from engine.model.pin import PinRecord
from engine.risk import roles
from engine.views import CommandResult, OrderResult
from tests.engine.dealing import ACCOUNT, BUY, SELL, START, Dealing, only, submits

GIVEN: Final = f.RolesLoaded(
    "hash",
    True,
    {
        "vera": ("viewer",),
        "tom": ("trader",),
        "rita": ("risk_manager",),
        "ada": ("admin",),
        "both": ("trader", "risk_manager"),
        "none": (),
    },
)
PEOPLE: Final = ("vera", "tom", "rita", "ada", "both", "none", "stranger", "")
HOUR: Final = 3600 * 1_000_000_000

#: Who may, in the words of the brief. "*": anybody at all.
EXPECTED: Final[dict[str, str]] = {
    "Kill": "*",
    "Halt": "*",
    "Lock": "*",
    "NoteRefusal": "*",
    "NotePin": "*",
    "Present": "*",
    "DisarmHotkeys": "*",
    "AddInstrument": "vera tom rita ada both",
    "Unlock": "tom rita ada both",
    "AckAlerts": "tom rita ada both",
    "SetAlert": "tom rita ada both",
    "RemoveAlert": "tom rita ada both",
    "Reconcile": "tom rita ada both",
    "CancelOrders": "tom rita ada both",
    "Flatten": "tom rita ada both",
    "KeepPositions": "tom rita ada both",
    "DiscardLetter": "tom rita ada both",
    "ControlBasket": "tom rita ada both",
    "StageBasket": "tom ada both",
    "ReleaseBasket": "tom ada both",
    "ControlAlgo pause": "tom rita ada both",
    "ControlAlgo cancel": "tom rita ada both",
    "ControlAlgo resume": "tom ada both",
    "PlaceOrder": "tom ada both",
    "ArmHotkeys": "tom ada both",
    "PlaceGroup": "tom ada both",
    "ModifyOrder": "tom ada both",
    "ReleaseHeld": "tom ada both",
    "ReplayLetter": "tom ada both",
    "LaunchAlgo": "tom ada both",
    "Resume": "rita ada both",
    "SetLimit": "rita ada both",
    "ResolveOrder": "rita ada both",
    "ResendOrder": "rita ada both",
    "Book": "rita ada both",
    "ReverseBooking": "rita ada both",
}


def order(user: str, qty: int = 100) -> OrderRequest:
    return OrderRequest(ACCOUNT, "IBM", BUY, Decimal(qty), OrdType.LIMIT, Decimal("100.00"), user=user)


def commands(user: str) -> dict[str, Any]:
    """One of each, as that user gives it."""
    sale = OrderRequest(ACCOUNT, "IBM", SELL, Decimal(10), OrdType.LIMIT, Decimal("101.00"), user=user)
    twap = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, Decimal(100), START, START + HOUR, user=user)
    return {
        "Kill": i.Kill(user, "test"),
        "Halt": i.Halt(None, user, "test"),
        "Lock": i.Lock(user),
        "NoteRefusal": i.NoteRefusal("buy", "bad", user),
        "NotePin": i.NotePin(PinRecord(1, START, "try", user, "socket", False)),
        "Present": i.Present(user),
        "DisarmHotkeys": i.DisarmHotkeys("by hand", user),
        "ArmHotkeys": i.ArmHotkeys(("out",), user),
        "AddInstrument": i.AddInstrument("IBM", user),
        "Unlock": i.Unlock(user),
        "AckAlerts": i.AckAlerts(1, user),
        "SetAlert": i.SetAlert(AlertWish("price", "IBM", True, Decimal(101)), user),
        "RemoveAlert": i.RemoveAlert(0, user),
        "Reconcile": i.Reconcile(ACCOUNT, user),
        "CancelOrders": i.CancelOrders(i.CancelSelector(all=True), user),
        "Flatten": i.Flatten(user=user),
        "KeepPositions": i.KeepPositions(user),
        "DiscardLetter": i.DiscardLetter(1, "old", user),
        "ControlBasket": i.ControlBasket(1, "drop", user),
        "StageBasket": i.StageBasket("b", (BasketItem(1, "sell", (sale,)),), user),
        "ReleaseBasket": i.ReleaseBasket(1, user),
        "ControlAlgo pause": i.ControlAlgo(1, "pause", user=user),
        "ControlAlgo cancel": i.ControlAlgo(1, "cancel", user=user),
        "ControlAlgo resume": i.ControlAlgo(1, "resume", user=user),
        "PlaceOrder": i.PlaceOrder(order(user)),
        "PlaceGroup": i.PlaceGroup("oco", (sale, sale)),
        "ModifyOrder": i.ModifyOrder(1, ReplaceRequest(Decimal(50), user=user)),
        "ReleaseHeld": i.ReleaseHeld(1, user),
        "ReplayLetter": i.ReplayLetter(1, user),
        "LaunchAlgo": i.LaunchAlgo(twap),
        "Resume": i.Resume("all is well", user=user),
        "SetLimit": i.SetLimit("risk.max_order_qty", "77", "tighter", user),
        "ResolveOrder": i.ResolveOrder(1, "dead", user),
        "ResendOrder": i.ResendOrder(1, "again", user),
        "Book": i.Book("fee", ACCOUNT, "data", amount=Decimal(5), user=user),
        "ReverseBooking": i.ReverseBooking(1, "wrong", user),
    }


def with_id(command: Any) -> Any:
    return msgspec.structs.replace(command, cmd_id=1)


def answer(desk: Dealing, command: Any) -> CommandResult | OrderResult:
    (reply,) = only(desk.give(with_id(command)), Reply)
    assert isinstance(reply.result, CommandResult | OrderResult)
    return reply.result


def is_denied(result: CommandResult | OrderResult) -> bool:
    return any(denial.code == "ROLE" for denial in result.denials)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("user", PEOPLE)
def test_every_command_of_every_role(name: str, user: str) -> None:
    desk = Dealing("100", given=GIVEN).connect()
    desk.give(i.PlaceOrder(order("tom")))
    allowed = EXPECTED[name] == "*" or user in EXPECTED[name].split()
    before = len(desk.recorded)
    result = answer(desk, commands(user)[name])
    assert is_denied(result) is not allowed, (user, name, result)
    if allowed:
        return
    new = desk.recorded[before:]
    assert (
        not only(desk.released[-3:], Reply)[-1].result.ok if isinstance(result, CommandResult) else not result.accepted
    )
    recorded = [x for x in new if isinstance(x, f.OrderDenied | f.CommandRefused | f.AlgoRefused | f.ReplaceRefused)]
    assert recorded, "a denied attempt is in the journal"
    assert "ROLE" in str(recorded[0]), "with its code"
    assert f"user:{user}" in str(recorded[0]), "and who it was"
    others = [x for x in new if not isinstance(x, f.OrderDenied | f.CommandRefused | f.AlgoRefused | f.ReplaceRefused)]
    assert not [x for x in others if not isinstance(x, f.AlertRaised)], "and nothing else happened"


def test_every_command_of_a_person_has_a_row_here_and_in_the_table() -> None:
    kinds = {kind.__name__ for kind in get_args(i.Command)}
    assert {name.split()[0] for name in EXPECTED} == kinds
    assert {kind.__name__ for kind in roles.RULES} == kinds


def test_a_command_that_nobody_thought_of_may_be_given_by_nobody() -> None:
    class Odd:
        user = "ada"

    assert not roles.may(dict(GIVEN.users), "ada", roles.rule_of(Odd()))


def test_without_roles_everybody_who_reaches_the_desk_may() -> None:
    desk = Dealing().connect()
    for count, user in enumerate(PEOPLE, 10):
        assert answer(desk, i.PlaceOrder(order(user, count))).accepted  # type: ignore[union-attr]


def test_a_denied_order_is_shown_as_denied_with_every_other_reason_and_never_leaves() -> None:
    desk = Dealing(given=GIVEN).connect()
    effects = desk.give(i.PlaceOrder(order("vera", 999_999), 1))
    (reply,) = only(effects, Reply)
    assert isinstance(reply.result, OrderResult)
    codes = [denial.code for denial in reply.result.denials]
    assert codes[0] == "ROLE"
    assert "MAX_ORDER_QTY" in codes
    assert str(reply.result.denials[0]).startswith("ROLE: value=viewer limit=admin,trader scope=user:vera")
    assert not submits(effects)
    assert desk.state.orders
    assert all(o.status is OrdStatus.DENIED for o in desk.state.orders.values())


def test_a_group_whose_orders_name_two_people_needs_both_to_may() -> None:
    desk = Dealing("100", given=GIVEN).connect()
    mine, theirs = order("tom"), order("vera")
    assert is_denied(answer(desk, i.PlaceGroup("oto", (mine, theirs))))


def test_the_preview_says_what_the_roles_say() -> None:
    desk = Dealing(given=GIVEN).connect()
    assert [d.code for d in desk.desk.preview(order("vera"), desk.now).denials] == ["ROLE"]
    assert not desk.desk.preview(order("tom"), desk.now).denials


def test_roles_that_are_taken_away_are_gone_with_the_next_run() -> None:
    desk = Dealing(given=GIVEN).connect()
    assert not is_denied(answer(desk, i.PlaceOrder(order("tom"))))
    less = f.RolesLoaded("other", True, {"rita": ("risk_manager",)})
    again = Dealing(state=desk.state, given=less)
    assert is_denied(answer(again, i.PlaceOrder(order("tom", 7))))
    nobody = Dealing(state=again.state, given=f.RolesLoaded("none", False, {})).connect()
    assert not is_denied(answer(nobody, i.PlaceOrder(order("tom", 8))))


def test_the_desk_itself_is_nobody_who_needs_a_role() -> None:
    desk = Dealing(given=GIVEN).connect()
    desk.give(i.PlaceOrder(order("tom")))
    result = answer(desk, i.CancelOrders(i.CancelSelector(all=True), f"{roles.ITSELF}stop"))
    assert isinstance(result, CommandResult)
    assert result.ok


# --- two people for the reset of a kill -------------------------------------------------------------------------------


def killed(**more: Any) -> Dealing:
    desk = Dealing(given=GIVEN, second_person_ns=600 * 1_000_000_000, **more).connect()
    desk.give(i.Kill("tom", "drill"))
    desk.compare(reason="kill-verify")
    desk.compare(reason="kill-verify")
    return desk


def test_the_reset_of_a_kill_needs_two_people_where_the_profile_says_so() -> None:
    desk = killed()
    first = answer(desk, i.Resume("drill is over", user="rita"))
    assert isinstance(first, CommandResult)
    assert not first.ok
    assert "second person" in first.message
    same = answer(desk, i.Resume("drill is over", user="rita"))
    assert isinstance(same, CommandResult)
    assert not same.ok
    assert "another person" in same.message
    assert desk.state.kill is not None
    assert is_denied(answer(desk, i.Resume("me", user="tom"))), "the second one needs the role as well"
    second = answer(desk, i.Resume("agreed", user="ada"))
    assert isinstance(second, CommandResult)
    assert second.ok
    assert desk.state.kill is None
    assert not desk.state.resume_asked


def test_a_wish_that_is_too_old_is_asked_for_anew() -> None:
    desk = killed()
    answer(desk, i.Resume("drill is over", user="rita"))
    desk.pass_s(601)
    late = answer(desk, i.Resume("agreed", user="ada"))
    assert isinstance(late, CommandResult)
    assert not late.ok
    assert desk.state.kill is not None
    assert desk.state.resume_asked["desk"].by == "ada"


def test_a_kill_pulled_in_between_forgets_the_wish_of_the_one_before() -> None:
    desk = killed()
    answer(desk, i.Resume("drill is over", user="rita"))
    answer(desk, i.Resume("agreed", user="ada"))
    desk.give(i.Kill("tom", "again"))
    desk.compare(reason="kill-verify")
    desk.compare(reason="kill-verify")
    third = answer(desk, i.Resume("fine", user="ada"))
    assert isinstance(third, CommandResult)
    assert not third.ok


def test_one_person_is_enough_by_default_and_for_a_halt() -> None:
    desk = Dealing(given=GIVEN, second_person_ns=600 * 1_000_000_000).connect()
    desk.give(i.Halt(None, "tom", "lunch"))
    result = answer(desk, i.Resume("back", user="rita"))
    assert isinstance(result, CommandResult)
    assert result.ok


# --- the instruments of one user -------------------------------------------------------------------------------------


def test_a_user_with_a_list_opens_in_nothing_else_and_may_close_everything() -> None:
    only_aapl = f.RolesLoaded("hash", True, dict(GIVEN.users), {"tom": ("AAPL",)})
    desk = Dealing("100", given=only_aapl).connect()
    refused = answer(desk, i.PlaceOrder(order("tom")))
    assert [str(d) for d in refused.denials] == ["USER_INSTRUMENT: value=IBM limit=AAPL scope=user:tom"]
    assert answer(desk, i.PlaceOrder(order("both", 7))).accepted  # type: ignore[union-attr]
    sale = OrderRequest(ACCOUNT, "IBM", SELL, Decimal(100), OrdType.LIMIT, Decimal("101.00"), user="tom")
    assert answer(desk, i.PlaceOrder(sale)).accepted  # type: ignore[union-attr]


def test_only_whoever_may_unlock_keeps_a_live_desk_open_by_being_there() -> None:
    minute = 60_000_000_000
    for user, open_still in (("vera", False), ("stranger", False), ("rita", True)):
        desk = Dealing(mode="live", idle_lock_ns=15 * minute, given=GIVEN).connect()
        desk.give(i.Unlock("tom"))
        desk.pass_s(600)
        desk.give(i.Present(user))
        desk.pass_s(400)
        assert bool(desk.state.locked) is not open_still, user

"""Arming of hotkeys, as the core sees it: a record of who armed what, and until when."""

from __future__ import annotations

from engine import facts as f
from engine import inputs as i
from engine.effects import Reply
from engine.publish.fact_text import SENTENCES
from engine.views import CommandResult
from tests.engine.dealing import Dealing, only

ARM = i.ArmHotkeys(("out", "flip"), "ann", 1)


def answer(desk: Dealing, command: i.Command) -> CommandResult:
    (reply,) = only(desk.give(command), Reply)
    assert isinstance(reply.result, CommandResult)
    return reply.result


def told(desk: Dealing) -> list[str]:
    kinds = (f.HotkeysArmed, f.HotkeysDisarmed)
    return [SENTENCES[type(fact)](fact, None, 0) for fact in desk.recorded if isinstance(fact, kinds)]


def test_who_armed_what_and_why_it_ended_is_in_the_journal() -> None:
    desk = Dealing().connect()
    assert answer(desk, ARM).ok
    assert answer(desk, i.DisarmHotkeys("by hand", "ann", 2)).ok
    assert told(desk) == ["hotkeys ARMED by ann: out, flip", "hotkeys disarmed by ann: by hand"]
    assert desk.refolded().digest() == desk.state.digest()


def test_a_halted_desk_arms_nothing_and_disarms_all_the_same() -> None:
    desk = Dealing().connect()
    desk.give(i.Halt(None, "ann", "test"))
    assert "the desk is halted" in answer(desk, ARM).message
    assert answer(desk, i.DisarmHotkeys("halted", "ann", 2)).ok
    assert told(desk) == ["hotkeys disarmed by ann: halted"]


def test_a_locked_live_desk_asks_for_the_pin_first() -> None:
    desk = Dealing(mode="live").connect()
    assert answer(desk, ARM).denials[0].code == "LOCKED"
    assert answer(desk, i.DisarmHotkeys("locked", "ann", 2)).ok

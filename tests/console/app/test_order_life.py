"""The life of an order in its details: read beside the screen, told when it comes, read again when it changed."""

from __future__ import annotations

from concurrent.futures import Future

import msgspec

from engine.model.enums import OrdStatus
from engine.views import FactLine
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, ORDERS, changed

ORDER = ORDERS[0]


class Journal:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.answers: list[Future[tuple[FactLine, ...]]] = []

    def life_of(self, cl_ord_id: str, created_ns: int) -> Future[tuple[FactLine, ...]]:
        self.asked.append((cl_ord_id, created_ns))
        self.answers.append(Future())
        return self.answers[-1]


def fact(seq: int, text: str, recorded_ns: int = ORDER.updated_ns) -> FactLine:
    return FactLine(seq, recorded_ns, ORDER.created_ns, "order_accepted", text, f"{seq:04x}" * 16)


async def open_details(c: Console) -> None:
    await c.press("2", "enter")
    await c.pilot.pause()


async def test_it_is_read_without_waiting_and_shown_when_it_comes() -> None:
    journal = Journal()
    async with console(BUSY, (80, 24), life_of=journal.life_of) as c:
        await open_details(c)
        assert journal.asked == [(ORDER.cl_ord_id, ORDER.created_ns)]
        assert "reading its life from the journal" in c.text()
        journal.answers[0].set_result((fact(7, "order 31 intended"), fact(1042, "order 31 accepted")))
        await c.pilot.pause()
        assert "Life: 2 facts" in c.text()
        assert "order 31 intended" in c.text()
        row = c.row_of("seq 1,042")
        assert "13:58:04.120  seq 1,042  04120412  recorded 14:01:17.530" in row


async def test_what_the_broker_answered_says_how_long_it_took() -> None:
    journal = Journal()
    start = ORDER.created_ns
    told = [
        (7, "order_intended", 0), (8, "order_accepted", 12_300_000), (9, "replace_intended", 2_000_000_000),
        (10, "order_replaced", 2_008_000_000), (11, "order_filled", 3_000_000_000), (12, "order_filled", 4_000_000_000),
    ]  # fmt: skip
    life = tuple(FactLine(seq, start + ns, start, kind, f"{kind} {seq}", "ab" * 32) for seq, kind, ns in told)
    grouped = tuple(msgspec.structs.replace(o, group=4) if o.id in (31, 28) else o for o in ORDERS)
    async with console(changed(BUSY, orders=grouped), (80, 40), life_of=journal.life_of) as c:
        await open_details(c)
        journal.answers[0].set_result(life)
        await c.until("order_filled 12")
        latency = c.row_of("Latency")
        assert "ack 12 ms  replace 8.0 ms  first fill 3,000 ms" in latency
        assert "replace 8.0 ms" in c.row_of("seq 10 ")
        assert "fill" not in c.row_of("seq 12 ")
        assert "4: #28 WORKING" in c.row_of("Group")


async def test_a_journal_that_can_not_be_read_is_told_in_the_box() -> None:
    journal = Journal()
    async with console(BUSY, life_of=journal.life_of) as c:
        await open_details(c)
        journal.answers[0].set_exception(OSError("disk is gone"))
        await c.pilot.pause()
        assert "its life can't be read: disk is gone" in c.text()


async def test_it_is_read_again_when_the_order_changed_and_only_then() -> None:
    journal = Journal()
    async with console(BUSY, life_of=journal.life_of) as c:
        await open_details(c)
        journal.answers[0].set_result((fact(7, "order 31 intended"),))
        await c.pilot.pause()
        await c.show(BUSY)
        assert len(journal.asked) == 1

        later = ORDER.updated_ns + 1
        filled = msgspec.structs.replace(ORDER, status=OrdStatus.FILLED, updated_ns=later)
        await c.show(changed(BUSY, orders=(filled, *ORDERS[1:])))
        assert len(journal.asked) == 2
        journal.answers[1].set_result((fact(7, "order 31 intended"), fact(8, "order 31 filled", later)))
        await c.pilot.pause()
        assert "order 31 filled" in c.text()


async def test_without_a_journal_the_details_show_the_fills_that_the_view_knows() -> None:
    async with console(BUSY) as c:
        await open_details(c)
        assert "Life" not in c.text()
        assert " fills" in c.text() or "Fills" in c.text()


async def test_a_text_that_is_too_long_for_a_line_is_wrapped() -> None:
    journal = Journal()
    async with console(BUSY, (80, 24), life_of=journal.life_of) as c:
        await open_details(c)
        journal.answers[0].set_result((fact(7, f"order 31 DENIED: {'very ' * 30}long"),))
        await c.pilot.pause()
        await c.press("end")
        assert "very long" in c.text()

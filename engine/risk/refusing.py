"""Commands that are refused before they are looked at (the lock, the roles): recorded and answered like any refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.orders import intake, placing
from engine.risk.giver import user_of
from engine.views import CommandResult, Denial

if TYPE_CHECKING:
    from engine.desk import Desk


def refuse_with(desk: Desk, command: i.Command, why: Denial) -> None:
    """Refuse it with that reason: an order becomes a DENIED one, an algo a refused one, all else a refusal."""
    match command:
        case i.PlaceOrder(request=request):
            context = desk.risk.check(request, desk.now)
            context.denials.insert(0, why)
            order = intake.deny(desk, request, context)
            desk.reply(command.cmd_id, intake.result_of(order, tuple(context.denials)))
        case i.PlaceGroup(requests=requests) if requests:
            _, _, contexts = placing.checked_group(desk, command)
            contexts = contexts or [desk.risk.check(request, desk.now) for request in requests]
            for context in contexts:
                context.denials.insert(0, why)
            placing.deny_all(desk, command, contexts, (why,))
        case i.ModifyOrder(target=target):
            intake.refuse_modify(desk, command, desk.state.find(target), why)
        case i.LaunchAlgo(spec=spec):
            desk.emit(f.AlgoRefused(spec, (why,)))
            desk.reply(command.cmd_id, CommandResult(False, why.message, denials=(why,)))
        case _:
            desk.emit(f.CommandRefused(name_of(command), str(why), user_of(command)[0]))
            desk.reply(command.cmd_id, CommandResult(False, f"{why.code}: {why.message}", denials=(why,)))


def name_of(command: i.Command) -> str:
    """ModifyOrder -> modify order."""
    name = type(command).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()

"""Who gives a command. Apart from what refuses it: the console's palette reads the roles and refuses nothing."""

from __future__ import annotations

from engine import inputs as i


def user_of(command: i.Command) -> tuple[str, ...]:
    """Who gives the command: one name, but for a group whose orders name several."""
    match command:
        case i.PlaceOrder(request=request):
            return (request.user,)
        case i.PlaceGroup(requests=requests):
            return tuple(dict.fromkeys(request.user for request in requests)) or ("",)
        case i.ModifyOrder(change=change):
            return (change.user,)
        case i.LaunchAlgo(spec=spec):
            return (spec.user,)
        case i.Kill(by=by):
            return (by,)
        case i.NotePin(record=record):
            return (record.user,)
    return (str(getattr(command, "user", "")),)

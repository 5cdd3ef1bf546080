"""Which groups go to a broker as a whole: what its adapter says, and what the profile wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from engine.model.order import BrokerGroup
from engine.protocol import BrokerAdapter, TakesGroups


def groups_refused(
    adapters: Mapping[str, BrokerAdapter], wanted: Literal["broker", "desk"]
) -> Callable[[str, BrokerGroup], str]:
    """(account, group) -> why the desk keeps it; "" where its broker takes it as one."""

    def why(account: str, group: BrokerGroup) -> str:
        if wanted == "desk":
            return "the profile keeps groups here (groups: desk)"
        adapter: object = adapters.get(account)
        if not isinstance(adapter, TakesGroups):
            return "the broker takes no groups"
        return adapter.group_refusal(group)

    return why

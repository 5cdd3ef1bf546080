"""The console on the past: the same application with another screen, and nothing that rings."""

from __future__ import annotations

from typing import ClassVar

from console.app import DeskApp
from console.screens.desk import DeskScreen
from console.screens.past import PastScreen
from engine.views import DeskView


class PastApp(DeskApp):
    """Shows what a TimeTravel gives it."""

    DESK_SCREEN: ClassVar[type[DeskScreen]] = PastScreen

    def _name_window(self, title: str) -> None:
        super()._name_window(f"{title} PAST")

    def _announce(self, view: DeskView) -> None:
        """Alarms of the past ring no bell."""

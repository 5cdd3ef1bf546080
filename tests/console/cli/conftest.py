"""The served desk of the control socket's tests, for the commands that talk to it."""

from __future__ import annotations

from tests.console.control.conftest import serve, served, state

__all__ = ["serve", "served", "state"]

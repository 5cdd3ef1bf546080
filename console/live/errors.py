"""Why a desk is not opened."""

from __future__ import annotations


class LiveRefusedError(Exception):
    """A consent is missing, or the broker's account is not the profile's. One line for the user."""

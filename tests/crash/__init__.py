"""Kills the real desk again and again while it trades, and compares it with its broker: `python -m tests.crash`."""

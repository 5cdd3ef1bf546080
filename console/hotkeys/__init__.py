"""Macros and hotkeys of a user: hotkeys.toml, what its lines become, and when they may go out by themselves."""

"""Alerts told to the world outside the desk: a program is run, or an address is called."""

"""Builds the immutable views from the desk's state: what panes, the control socket and the CLI draw."""

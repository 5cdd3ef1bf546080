"""How the desk performs: statistics of its trades and days, and its work against the user's targets. Folded from the
journal; docs/performance.md says how each figure is defined."""

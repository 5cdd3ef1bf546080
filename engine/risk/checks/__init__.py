"""The pre-trade checks, one family a file. Each takes a Context and records what it refuses; none raises."""

"""A small adapter to copy, for a broker that does not exist. docs/adapters.md leads through it; the conformance suite
runs it like the others, so that it can't rot."""

"""The durable log of facts: hash chain, store, audit; beside it the kill latch, the emergency log, the
trades mirror; made from it, the blotter's tables."""

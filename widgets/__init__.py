"""The panes: each draws one read-only view of the engine and emits intents; none knows a broker or a database."""

"""The panes: each draws one read-only view of the engine and emits intents; it knows no broker, no database."""

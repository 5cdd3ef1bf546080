"""The panes: each draws one view of the engine and emits intents; it knows no broker and no database."""

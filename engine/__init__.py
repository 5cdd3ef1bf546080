"""The trading core: pure decisions, and the shell around them; imports neither Textual nor any broker SDK."""

"""Scripts for maintainers; nothing here is shipped."""

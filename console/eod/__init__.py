"""The end-of-day report as tables: for the shell, the screen, a file of values and a page."""

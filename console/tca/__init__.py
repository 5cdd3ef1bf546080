"""Costs as users and scripts get them: JSON and CSV rows, a table, an HTML page."""

"""Sizing: every method against definitions, published numbers and independent solutions."""

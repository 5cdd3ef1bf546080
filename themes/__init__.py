"""Colour themes and stylesheets, shipped as package data."""

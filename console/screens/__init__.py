"""The screens: the desk itself, and the boxes over it."""

"""Immutable value types of the desk: Decimal only, no behaviour beyond arithmetic on themselves."""

"""How large a position should be. Pure functions, one method a file; nothing here looks at the desk or at the clock.

Money and quantities are Decimal and exact; what is statistics (covariances, volatilities) is float inside and leaves
as Decimal, quantised once (weights.WEIGHT_STEP).
"""

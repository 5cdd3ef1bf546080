"""An IB gateway: the TWS socket protocol, with books, accounts and market data of its own.

Written from the broker's published description alone; it shares no code with the adapter or the desk. Checked once
against the broker's own ibapi 9.81.1 (version 157), ib_insync (176) and ib_async (178).

What it does not do: versions before 157 and those with protocol buffers (201 on); conditions, pegged orders and orders
by an amount of money are refused; an algorithm's order trades like any other; hedging and scale terms are read and
change nothing; no depth, no ticks one by one, no greeks, no quotes of combinations.
"""

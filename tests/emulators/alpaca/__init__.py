"""An Alpaca server: trading REST, the stream of trade updates, market data REST and stream.

Written from the broker's published description alone; it shares no code with the adapter or the desk.
"""

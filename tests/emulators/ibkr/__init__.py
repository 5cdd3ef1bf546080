"""An IB gateway: the TWS socket protocol, with books, accounts and market data of its own.

Written from the broker's published description alone; it shares no code with the adapter or the desk.
"""

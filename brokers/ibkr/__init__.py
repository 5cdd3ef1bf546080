"""Interactive Brokers, through TWS or IB Gateway. Importing this package loads no SDK: brokers.ibkr.library does, when
the desk connects."""

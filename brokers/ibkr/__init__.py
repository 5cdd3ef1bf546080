"""Interactive Brokers, through TWS or IB Gateway. Importing this package loads no SDK: brokers.ibkr.sdk does, when the
desk connects."""

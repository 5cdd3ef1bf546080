"""Transaction cost analysis: what an order cost against what it could have cost, live and after.

One sign convention for everything here: positive is a cost, for buys and sales alike. Sources: definitions/tca.md.
"""

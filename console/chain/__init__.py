"""The option chain of an underlying: strikes by expiry, marked into a package of up to four legs."""

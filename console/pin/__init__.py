"""The PIN of live mode: how it is typed, kept, checked, and what wrong ones cost.

Everything that ever holds a PIN is in here: `secret` keeps it out of every repr, `rules` say what a PIN may be, `hash`
turns it into an argon2id hash, `store` writes that to a file of its owner alone, `lockout` says how long a wrong try
costs, `tries` keeps that in a file that every process of the desk shares, and `vault` puts them together.
"""

"""Alpaca, through alpaca-py. Importing this package loads no SDK: brokers.alpaca.sdk does, when the desk connects."""

"""The report of a trading day, from the journal alone: the same for today beside a running desk as for any past day."""

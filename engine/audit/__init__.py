"""Questions to the journal: an order's whole life, extracts that can be verified by themselves."""

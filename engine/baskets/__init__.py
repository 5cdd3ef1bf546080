"""Baskets: orders that are staged, checked as one, and released by one word, paced within the throttles."""

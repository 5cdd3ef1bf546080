"""Baskets at the front: a file of orders read whole, staged on a screen, released by one confirmation."""

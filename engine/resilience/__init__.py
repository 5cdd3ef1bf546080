"""What stands between the desk and every broker (DESIGN §6): rate lanes, backoff, breaker, health, clock skew.

Small pieces without I/O: each is told the time and what happened, and says what may happen now. The gateway puts them
together, once, around whatever adapter it has.
"""

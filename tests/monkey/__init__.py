"""Random keys and resizes on the real console, and whether its screen, its log and its memory stand them.

`make monkey` (MINUTES=10, SEED=1); one seed gives one sequence of actions.
"""

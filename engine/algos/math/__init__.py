"""The mathematics of the execution algos: pure functions of numbers, bars and sessions; no desk, no clock."""

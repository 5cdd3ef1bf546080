"""The embedded paper broker: the pure paper exchange with books of its own, in process or behind a Unix
socket.
"""

"""Emulators of brokers: their wire protocol on a real socket, books of their own, and a script of faults."""

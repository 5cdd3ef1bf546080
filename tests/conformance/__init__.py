"""One suite that every adapter passes, against an emulator of its broker on a real socket. See `bench` for what an
adapter under test has to say of itself; a new one is one more file here, and its class in `benches`."""

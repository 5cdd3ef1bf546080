"""One package per broker behind one protocol, the embedded paper broker among them."""

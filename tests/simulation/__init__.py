"""The whole desk against a faulty broker, in virtual time, each history reproducible from its seed.

Real: desk, pump, hash chain, gate, gateway, quote cache. Doubles stand only at the edges (DESIGN §2): network and
broker (`broker`, `wire`), disk (JournalDouble and a latch in memory), clock and event loop (`loop`), randomness (one
seeded generator). `history` is the world of one seed, `run` runs it; `trader` gives orders; `invariants` and
`recheck` say what must hold.

    python -m tests.simulation --seeds 2000 --steps 100      many histories
    python -m tests.simulation --seed 17 --steps 100 --trace one history, told line by line
"""

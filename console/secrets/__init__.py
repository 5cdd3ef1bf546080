"""Keys of brokers: where they are looked for, in which order, and what is wrong where they are not found."""

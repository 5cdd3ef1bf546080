"""The tests mirror the folders of the program; beside them: simulation, crash, emulators, snapshots, benchmarks."""

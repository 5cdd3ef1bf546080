"""The tests mirror the folders of the program; beside them stand simulation, snapshots and benchmarks."""

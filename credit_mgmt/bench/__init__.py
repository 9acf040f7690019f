"""Benchmarks: a data set, its bulk load, the jobs, and for each what the hardware could do."""

"""The memoryless scheme on CPU threads, in Numba."""

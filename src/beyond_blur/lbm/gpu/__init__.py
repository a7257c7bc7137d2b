"""The memoryless scheme on a GPU, through CuPy."""

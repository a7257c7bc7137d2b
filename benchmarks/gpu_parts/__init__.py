"""The parts of `benchmarks/gpu_check.py`, one file each, and what starts and reports them."""

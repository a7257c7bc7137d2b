import os

# Before numpy and torch start their thread pools: tests run beside each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

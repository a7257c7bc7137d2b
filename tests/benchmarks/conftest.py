"""The benchmarks are scripts: what one imports of another lies beside it."""

import sys
from importlib import import_module
from pathlib import Path

BENCHMARKS = str(Path(__file__).parents[2] / "benchmarks")

# Only while they are imported: left there, its files would hide folders of tests of their names.
sys.path.append(BENCHMARKS)
for name in ("driver", "report", "quiet", "timing"):
    import_module(f"gpu_parts.{name}")
sys.path.remove(BENCHMARKS)

"""The benchmarks are scripts: what one imports of another lies beside it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

"""How many floats a vector of the CPU solver has: what the processor's registers are best fed with.

A vector of 16 is one AVX-512 register. Where registers hold 8 (AVX, AVX2) and there are 16 of them
and not 32, vectors of 8 let more of a row's weights stay in registers: benchmarks/results/
vector_width.md has what that gains. Other processors (NEON's 32 registers of 4) take 16, as all did
before; there no other width was measured.

States are the same bits at either width: :mod:`beyond_blur.lbm.cpu.strips` lays columns out in
groups of 16, and sums over lanes go in the order of these.
"""

from __future__ import annotations

import numba
from numba.core.codegen import get_host_cpu_features

GROUP = 16
"""Columns that lanes are counted in: the largest width, and a cache line of floats."""

SETS = {"avx512f": ("AVX-512", 16), "avx2": ("AVX2", 8), "avx": ("AVX", 8)}
"""Features of a processor, best first: their name, and the width where they are the best."""

OTHER = ("neither AVX nor AVX-512", 16)


def _best(features: str) -> tuple[str, int]:
    """Name and width of the best instruction set of LLVM's list of features ("+avx,-avx2,...")."""
    there = features.split(",")
    return next((found for name, found in SETS.items() if f"+{name}" in there), OTHER)


def lanes_for(features: str) -> int:
    """Floats of a vector on a processor with these features, a divisor of :data:`GROUP`."""
    return _best(features)[1]


def features() -> str:
    """What Numba compiles for: its own setting (NUMBA_CPU_FEATURES), or this processor's."""
    own = numba.config.CPU_FEATURES
    return str(get_host_cpu_features() if own is None else own)


LANES = lanes_for(features())
"""Floats of a vector here."""


def instruction_set() -> str:
    """What kernels are compiled for, in words: "AVX2, 8 lanes"."""
    return f"{_best(features())[0]}, {LANES} lanes"

"""The width of the CPU solver's vectors: by the processor, in the names of kernels, same states."""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.codegen import get_host_cpu_features

from beyond_blur.lbm.cpu import solver, step, vector_width
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import LEAST_SHARE

ZEN_3, SKYLAKE_X = "+sse2,+avx,+avx2,-avx512f", "+avx512f,+avx,+avx2,+sse2"
NEON, SANDY_BRIDGE = "+neon,+fp-armv8", "+avx,-avx2,-avx512f"


@pytest.mark.parametrize(
    ("features", "lanes"), [(ZEN_3, 8), (SANDY_BRIDGE, 8), (SKYLAKE_X, 16), (NEON, 16), ("", 16)]
)
def test_vectors_are_as_wide_as_the_registers_are_fed_with_best(features, lanes):
    assert vector_width.lanes_for(features) == lanes
    assert vector_width.GROUP % lanes == 0


def test_what_numba_is_told_to_compile_for_counts(monkeypatch):
    assert vector_width.features() == get_host_cpu_features()
    monkeypatch.setattr(numba.config, "CPU_FEATURES", "+avx512f")
    assert vector_width.features() == "+avx512f"


def test_a_kernel_is_named_after_the_width_in_the_cache_too():
    name = f"step_{vector_width.LANES}_lanes"
    assert step.step.py_func.__qualname__ == name
    assert name in step.step._cache._cache_file._index_name


def test_benchmarks_can_say_the_instruction_set(monkeypatch):
    monkeypatch.setattr(vector_width, "features", lambda: ZEN_3)
    monkeypatch.setattr(vector_width, "LANES", 8)
    assert vector_width.instruction_set() == "AVX2, 8 lanes"
    monkeypatch.setattr(vector_width, "features", lambda: NEON)
    assert vector_width.instruction_set().startswith("neither AVX nor AVX-512, ")


CASES = [((8, 8), 3, 1), ((5, 16), 1, 1), ((33, 17), 4, 1), ((3, 50), 2, 1), ((9, 28), 3, 1),
         ((12, 3), 1, 1), ((40, 48), 1, 2), ((128, 64), 1, 2)]  # fmt: skip


def checksums() -> list[int]:
    """Of the states of every case, at both kinds of wall."""
    made = []
    for shape, channels, threads in CASES:
        for walls in ("mirror", "periodic"):
            phi = np.random.default_rng(0).random((1, channels, *shape), np.float32)
            states = solver.trajectories(
                phi, np.full((1, channels), 9.5), Trajectory((0.0, 1.0, 3.0), 0.02, walls=walls),
                np.zeros(1, int), np.array([[1, 2]]), threads,
            )  # fmt: skip
            made.append(zlib.crc32(states.tobytes()))
    return made


@pytest.mark.slow  # compiles the solver once for the width that is not this processor's
def test_states_are_the_same_bits_at_both_widths():
    other = 24 - vector_width.LANES
    code = (
        "from beyond_blur.lbm.cpu import vector_width; "
        f"vector_width.LANES = {other}; import test_vector_width as t; print(t.checksums())"
    )
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == str(checksums())


def test_waves_that_stand_still_leave_a_finite_scale():
    """Mean square 1 + cos of a turn is 0 after half a turn; rounding may leave less."""
    from beyond_blur.lbm.cpu.key_frames import FlowTables
    from beyond_blur.lbm.cpu.phases import own_phases, phases_at_rest
    from beyond_blur.lbm.cpu.slab_run import _scales

    swing = np.zeros((2, 2, vector_width.GROUP), np.float32)
    swing[:, 0, 0] = -1.5
    flow = FlowTables(np.zeros((4, 0), np.float32), np.ones(2), swing)
    phases = own_phases(phases_at_rest(np.zeros(vector_width.GROUP)))
    assert _scales(flow, phases, 0) == pytest.approx([LEAST_SHARE**-0.5] * 2)

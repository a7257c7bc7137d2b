"""The benchmarks' split of the solver by stages, on an emulated card."""

import importlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from gpu_cases import SHARED

from beyond_blur.lbm.gpu.layout import layout
from beyond_blur.lbm.gpu.source import source

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def part(monkeypatch):
    """Import a part of the GPU check."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return lambda name: importlib.import_module(f"gpu_parts.{name}")


def test_every_kernel_is_in_one_stage(part):
    plain = re.sub(r"IN_CLUSTERS|__launch_bounds__\(.*\)", "", source())
    names = re.findall(r'extern "C" __global__ void\s+(\w+)\(', plain)
    stages = part("stages").STAGES
    assert sorted(sum(stages.values(), ())) == sorted(names) and len(names) == 11
    found = part("stages").by_stage({"turns": 1.0, "make_frames": 2.0, "advance": 4.0})
    assert found == {"flows": 0, "frames": 3.0, "scales": 0, "steps": 4.0, "lattices": 0}


@pytest.fixture
def card(gpu, emulate, monkeypatch):
    """An emulated card on which everything takes a second, and the layouts that it was given."""
    stream, given = SimpleNamespace(synchronize=lambda: None), []
    stream.record = lambda: stream
    monkeypatch.setattr(gpu.cupy.cuda, "get_current_stream", lambda: stream)
    monkeypatch.setattr(gpu.cupy.cuda, "get_elapsed_time", lambda start, end: 1000.0)
    pool = SimpleNamespace(free_all_blocks=lambda: None)
    monkeypatch.setattr(gpu.cupy, "get_default_memory_pool", lambda: pool)
    monkeypatch.setattr(gpu, "chunk_bytes", lambda: 2**30)

    def cuda(placed, walls):
        given.append(placed)
        return emulate.machine(placed, walls)

    monkeypatch.setattr(gpu, "Cuda", cuda)
    return given


@pytest.mark.thorough
def test_the_time_of_a_card_is_split_by_stages(part, card, monkeypatch):
    corruption = part("corruption")
    sent = {"send": 0.5, "read back": 0.25}
    monkeypatch.setattr(corruption, "transfer_seconds", lambda phi, states: sent)
    placed = layout((16, 16), 3, SHARED[90])._replace(rows=5)
    spent = corruption.on_device(placed, corruption.bench.problem_of(16, 2, 1.0))
    assert card == [placed] and spent.n == 2 and spent.key_ms > 0
    assert spent.kernels["draw_waves"] == spent.kernels["class_energy"] == 1.0
    assert spent.seconds == 3.0 + 1.0  # three kernels of the flows, and all that follows
    found = corruption.milliseconds(spent)
    stages = {"flows", "frames", "scales", "steps", "lattices"}
    assert set(found) == stages | {"send", "read back"} and found["lattices"] == 0.0
    assert found["flows"] == 3000.0 and found["send"] == 500.0 and found["steps"] > 1000.0

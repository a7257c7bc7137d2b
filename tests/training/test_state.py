"""All that a run is between two steps can be saved and taken over; how its network is called."""

from dataclasses import replace

import torch

from beyond_blur.training import loop
from beyond_blur.training import state as state_module
from beyond_blur.training.distributed import Group
from small_runs import PROCESS, SPEC, start


def test_the_state_can_be_read_without_pickle(source, tmp_path):
    run = start()
    loop.train(run, PROCESS, source, SPEC)
    torch.save(run.state_dict(), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["counts"] == [6, 0, 0]


def test_what_is_compiled_is_the_module_that_averages_gradients(monkeypatch):
    """A backward pass that is compiled whole would hand them over at its end."""
    monkeypatch.setattr(state_module, "DistributedDataParallel", lambda model, **_: ["DDP", model])
    monkeypatch.setattr(torch, "compile", lambda module, dynamic: ["compiled", module])
    model, spec = torch.nn.Linear(1, 1), replace(SPEC, compile=True)
    shared = state_module.wrapped(model, spec, Group("cpu", 0, 2))
    assert shared.compiled == ["compiled", ["DDP", model]]
    assert state_module.wrapped(model, spec, Group("cpu")).compiled == ["compiled", model]
    assert state_module.wrapped(model, SPEC, Group("cpu", 0, 2)) == ["DDP", model]

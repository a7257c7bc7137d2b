"""All that a run is between two steps can be saved and taken over."""

import torch

from beyond_blur.training import loop
from small_runs import PROCESS, SPEC, start


def test_the_state_can_be_read_without_pickle(source, tmp_path):
    run = start()
    loop.train(run, PROCESS, source, SPEC)
    torch.save(run.state_dict(), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["counts"] == [6, 0, 0]

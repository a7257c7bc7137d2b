"""Damaged training states: the same, or refused; no flipped bit is trained on."""

import pytest
import torch

from beyond_blur.training import state_file
from fuzz.damage import damaged
from fuzz.trials import FEW, MANY, run

pytestmark = pytest.mark.thorough

SAVED = {
    "identity": "{}",
    "history": '{"window": 1}',
    "counts": [6, 0, 0],
    "model": {"weight": torch.linspace(-1, 1, 12).view(3, 4), "bias": torch.zeros(3)},
    "optimizer": {"state": {0: {"step": torch.tensor(6.0)}}, "betas": (0.9, 0.999)},
}


def same(a, b):
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch's, of odd pickles
@pytest.mark.parametrize("n", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_damaged_states_are_the_same_or_refused(tmp_path, record_property, n):
    path = tmp_path / "state.pt"
    state_file.write(SAVED, path)
    whole = path.read_bytes()
    torch.save({"model": SAVED["model"]}, tmp_path / "other.pt")

    def trial(content):
        path.write_bytes(content)
        try:
            found = state_file.read(path)
        except state_file.Damaged as error:
            assert str(error).isprintable() and len(str(error)) < 200
            return "refused"
        assert same(found, SAVED)
        return "right"

    others = (b"", b"hello", (tmp_path / "other.pt").read_bytes())
    run(damaged(whole, others), whole, trial, n, record_property)

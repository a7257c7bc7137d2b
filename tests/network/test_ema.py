"""Averaged weights: a short memory at first, a long one later."""

import pytest
import torch

from beyond_blur.network.ema import ema_decay, start_ema, update_ema


def test_ema_ramps_up_and_averages():
    assert ema_decay(0.999, 0) == pytest.approx(0.1)
    assert ema_decay(0.999, 10**6) == 0.999
    model = torch.nn.Linear(1, 1, bias=False)
    average = start_ema(model)
    start = average["weight"].clone()
    with torch.no_grad():
        model.weight += 1
    update_ema(average, model, rate=0.5, n_updates=1000)
    torch.testing.assert_close(average["weight"], start + 0.5)

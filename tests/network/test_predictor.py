"""A network in another number format, or compiled, answers as the network does."""

import pytest
import torch

from beyond_blur.config import Network
from beyond_blur.network.predictor import Predictor
from beyond_blur.network.unet import UNet


def trained():
    torch.manual_seed(0)
    network = UNet(Network(16, (1, 2), 1, (1,), 0.0), 1).eval()
    torch.nn.init.normal_(network.head.weight, std=0.1)
    return network, torch.rand(4, 1, 8, 8), torch.tensor([1, 2, 3, 4])


@torch.inference_mode()
def test_the_usual_predictor_is_the_network_itself():
    network, x, k = trained()
    assert torch.equal(Predictor(network)(x, k), network(x, k))


@torch.inference_mode()
def test_bfloat16_answers_in_float32_and_near_the_truth():
    network, x, k = trained()
    exact, rounded = network(x, k), Predictor(network, "bfloat16")(x, k)
    assert rounded.dtype == torch.float32
    error = (rounded - exact).norm() / exact.norm()
    assert 1e-5 < error < 0.03


@pytest.mark.slow
@torch.inference_mode()
def test_a_compiled_predictor_agrees_and_keeps_its_answers_apart():
    network, x, k = trained()
    compiled = Predictor(network, compiled=True)
    first, second = compiled(x, k), compiled(1 - x, k)
    torch.testing.assert_close(first, network(x, k), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(second, network(1 - x, k), rtol=1e-4, atol=1e-5)
    fewer = compiled(x[:3], k[:3])  # the last batch of a seed
    torch.testing.assert_close(fewer, network(x[:3], k[:3]), rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_a_failure_to_compile_names_the_samplers_option(monkeypatch):
    from torch._dynamo.exc import TorchDynamoException

    def broken(network, mode, dynamic):
        def call(x, k):
            raise TorchDynamoException("no compiler")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    network, x, k = trained()
    with pytest.raises(RuntimeError, match=r"sampling\.compile is true.*no compiler"):
        Predictor(network, compiled=True)(x, k)

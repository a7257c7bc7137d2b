"""A network in another number format, or compiled, answers as the network does."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from beyond_blur.config import Network
from beyond_blur.network import compiling
from beyond_blur.network.predictor import Predictor, Settled
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
def test_rounding_the_weights_beforehand_changes_no_bit():
    network, x, k = trained()
    with torch.autocast("cpu", torch.bfloat16):
        expected = network(x, k).float()
    assert torch.equal(Predictor(network, "bfloat16")(x, k), expected)
    assert {p.dtype for p in network.parameters()} == {torch.float32}  # a copy is rounded


class Casts(TorchDispatchMode):
    """Notes the shapes of what is made bfloat16."""

    def __init__(self):
        super().__init__()
        self.shapes = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        if function is torch.ops.aten._to_copy.default and made.dtype == torch.bfloat16:
            self.shapes.append(tuple(made.shape))
        return made


@torch.no_grad()
def test_weights_are_rounded_once_and_not_at_every_call():
    network, x, k = trained()
    predict = Predictor(network, "bfloat16")
    rounded = {tuple(m.weight.shape) for m in network.modules()
               if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)}  # fmt: skip
    with Casts() as now:
        predict(x, k)
    assert not rounded & set(now.shapes)
    with Casts() as before, torch.autocast("cpu", torch.bfloat16):
        network(x, k)
    assert rounded <= set(before.shapes)


def test_norms_keep_their_digits():
    network, _, _ = trained()
    copy = Predictor(network, "bfloat16").network
    for layer in copy.modules():
        if isinstance(layer, torch.nn.GroupNorm):
            assert layer.weight.dtype == torch.float32


def test_auto_is_the_network_itself_on_a_cpu(monkeypatch):
    from beyond_blur.network import precision

    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: True)
    network, _, _ = trained()
    predict = Predictor(network, "auto", "auto", calls=10**9)
    assert predict.settled == Settled("cpu", "float32", False)
    assert predict.network is network and predict.call is network


@pytest.fixture
def counted(monkeypatch):
    """The numbers of rows that a compiled network is called with."""
    rows = []

    def compiled(network, mode, dynamic):
        assert not dynamic

        def call(x, k):
            rows.append((len(x), len(k)))
            return network(x, k)

        return call

    monkeypatch.setattr(torch, "compile", compiled)
    return rows


@torch.inference_mode()
def test_a_compiled_network_sees_one_shape(counted):
    network, x, k = trained()
    predict = Predictor(network, compiled=True, rows=4)
    for n in (4, 4, 1, 3):
        answer = predict(x[:n], k[:n])
        assert answer.shape == (n, 1, 8, 8)
        torch.testing.assert_close(answer, network(x[:n], k[:n]), rtol=1e-4, atol=1e-5)
    assert set(counted) == {(4, 4)}


@torch.inference_mode()
def test_an_uncompiled_network_is_never_filled_up():
    network, x, k = trained()
    seen = []
    network.register_forward_pre_hook(lambda layer, given: seen.append(len(given[0])))
    assert torch.equal(Predictor(network, rows=4)(x[:3], k[:3]), network(x[:3], k[:3]))
    assert seen == [3, 3]


@torch.inference_mode()
def test_auto_says_once_that_it_went_on_uncompiled(monkeypatch, capsys):
    from torch._dynamo.exc import TorchDynamoException

    def broken(network, mode, dynamic):
        def call(x, k):
            raise TorchDynamoException("no compiler")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    monkeypatch.setattr(compiling, "resolve", lambda wanted, device, calls: True)
    network, x, k = trained()
    predict = Predictor(network, compiled="auto", rows=4)
    for _ in range(2):
        assert torch.equal(predict(x, k), network(x, k))
    assert capsys.readouterr().out.count("going on uncompiled\n") == 1
    assert predict.settled.compiled and not predict.used.compiled


@torch.inference_mode()
def test_a_failure_to_compile_names_the_samplers_option(monkeypatch):
    from torch._dynamo.exc import TorchDynamoException

    def broken(network, mode, dynamic):
        def call(x, k):
            raise TorchDynamoException("no compiler")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    network, x, k = trained()
    with pytest.raises(RuntimeError, match=r"sampling\.compile is on.*no compiler"):
        Predictor(network, compiled=True)(x, k)

"""Random words become normal numbers, by operations that all devices round alike."""

import ast
import inspect

import counted_noise
import numpy as np
import pytest
import torch
from scipy.special import ndtri

from beyond_blur.processes import normal_quantile as module
from beyond_blur.processes.normal_quantile import heron, negative_logarithm, normal_quantile, tail

TOP = 2**32 - 1


def words_of_all_sizes(n):
    """Words near 0, near 2^32 and near the middle, at all distances."""
    generator = torch.Generator().manual_seed(0)
    sizes = 2 ** torch.arange(1, 33, dtype=torch.int64)
    near = torch.cat([torch.randint(0, int(s), (n,), generator=generator) for s in sizes])
    middle = (2**31 + near).clamp(max=TOP)
    edges = torch.tensor([0, 1, TOP - 1, TOP, 2**31 - 1, 2**31])
    return torch.cat([near, TOP - near, middle, edges])


def test_quantiles_are_those_of_scipy_at_all_sizes():
    words = words_of_all_sizes(10_000)
    lower = np.minimum(words.numpy(), TOP - words.numpy())
    expected = ndtri((lower + 0.5) / 2**32) * np.where(words < 2**31, 1, -1)
    np.testing.assert_allclose(normal_quantile(words).numpy(), expected, rtol=2e-15, atol=0)


def test_quantiles_have_the_bits_of_the_definition():
    words = words_of_all_sizes(40)
    expected = [counted_noise.quantile(word) for word in words.tolist()]
    assert normal_quantile(words).tolist() == expected


def test_quantiles_are_symmetric_rise_and_end_at_6_338():
    words = words_of_all_sizes(2_000).unique()
    z = normal_quantile(words)
    assert torch.equal(z, -normal_quantile(TOP - words))
    assert (z.diff() > 0).all()
    assert float(z[-1]) == pytest.approx(6.338, abs=1e-3)
    assert float(z.abs().min()) == pytest.approx(2.9e-10, rel=0.01)


def test_a_number_does_not_depend_on_those_beside_it():
    words = words_of_all_sizes(2_000)
    whole = normal_quantile(words)
    pieces = [normal_quantile(piece) for piece in words.split(997)]
    assert torch.equal(torch.cat(pieces), whole)
    square = words[: len(words) // 4 * 4].view(4, -1)
    assert torch.equal(normal_quantile(square.T).T, whole[: square.numel()].view(4, -1))


def test_the_way_of_devices_gives_the_bits_of_the_way_of_the_cpu():
    """The CPU picks those outside; a device computes both pieces for all and chooses."""
    words = words_of_all_sizes(2_000)
    q = (words.double() + (0.5 - 2.0**31)) * 2.0**-32
    outside = q.abs() > 0.425
    assert torch.equal(tail(q)[outside], normal_quantile(words)[outside])
    assert tail(q).isfinite().all()


def test_logarithm_and_root_are_right_to_the_last_bits():
    p = torch.rand(100_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) / 2
    expected = -np.log(p.numpy())
    np.testing.assert_allclose(negative_logarithm(p).numpy(), expected, rtol=5e-16)
    x = p * 46 + 2
    np.testing.assert_allclose(heron(x).numpy(), np.sqrt(x.numpy()), rtol=5e-16)


def test_no_operation_is_called_that_devices_round_differently():
    """Library functions and fused operations differ in the last bit from device to device."""
    exact = {
        "abs", "add_", "bitwise_and_", "copysign_", "div_", "double", "flatten", "len", "mul_",
        "neg_", "nonzero", "sub_", "view", "where",
    }  # fmt: skip
    setting_up = {"cache", "enumerate", "on_device", "range", "tensor", "tuple", "unbind"}
    own = {"heron", "negative_logarithm", "normal_quantile", "ratio", "tail"}
    called = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call):
            called.add(node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
    assert called <= exact | setting_up | own

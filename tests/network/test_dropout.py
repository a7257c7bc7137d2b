"""Dropout of a batch that processes share: the bits of the whole batch, the memory of a part."""

import pytest
import torch

from beyond_blur.network.dropout import Dropout, share_dropout

P, ROWS = 0.1, 6


def by_numbers(x, n_rows, part):
    """The definition: a mask of numbers for the whole batch, of which rows are taken."""
    shape = (n_rows or len(x), *x.shape[1:])
    mask = torch.empty(shape, dtype=x.dtype, memory_format=torch.channels_last)
    return x * mask.bernoulli_(1 - P)[part] / (1 - P)


@pytest.fixture(params=[torch.channels_last, torch.contiguous_format], ids=["last", "first"])
def layout(request):
    return request.param


@pytest.fixture(params=[torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def batch(request, layout):
    torch.manual_seed(1)
    return torch.randn(ROWS, 8, 5, 5).to(request.param).contiguous(memory_format=layout)


@pytest.mark.parametrize("part", [None, slice(0, 2), slice(2, 6)])
def test_values_and_gradients_are_those_of_a_mask_of_numbers(batch, part):
    own = batch[part or slice(None)].clone().requires_grad_()
    layer, seen = Dropout(P), []
    if part is not None:
        share_dropout(layer, ROWS, part)
    for drop in (layer, lambda x: by_numbers(x, part and ROWS, part or slice(None))):
        torch.manual_seed(2)
        dropped = drop(own)
        (gradient,) = torch.autograd.grad(dropped.float().square().sum(), own)
        seen.append((dropped, gradient))
    assert (seen[0][0] == 0).any() and (seen[0][0] != 0).any()
    for ours, theirs in zip(*seen, strict=True):
        assert torch.equal(ours, theirs) and ours.dtype == batch.dtype
        assert ours.stride() == theirs.stride()


@pytest.mark.parametrize("part", [None, slice(2, 4)])
def test_the_backward_pass_holds_a_byte_for_each_value_of_its_own_rows(batch, part):
    own = batch[part or slice(None)].clone().requires_grad_()
    layer, saved = Dropout(P), []
    if part is not None:
        share_dropout(layer, ROWS, part)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        layer(own)
    assert [t.dtype for t in saved] == [torch.bool]
    assert saved[0].untyped_storage().nbytes() == own.numel()


def test_nothing_is_dropped_outside_of_training(batch):
    assert Dropout(P).eval()(batch) is batch
    assert Dropout(0.0)(batch) is batch

"""A network that cannot be compiled is said in one line that names the option."""

import pytest
import torch

from beyond_blur.network import compiling


class Doubled(torch.nn.Module):
    def forward(self, x, k):
        return 2 * x


@pytest.mark.slow
def test_a_failure_to_compile_names_the_option():
    from torch._inductor import config as inductor

    predict = compiling.guarded(torch.compile(Doubled()), "training.compile")
    without = {"cpp.cxx": ("/nonexistent/g++",), "force_disable_caches": True}
    with (
        inductor.patch(without),
        pytest.raises(RuntimeError, match=r"training\.compile is true.*g\+\+"),
    ):
        predict(torch.rand(2, 1, 8, 8), torch.ones(2, dtype=torch.int64))


@pytest.mark.slow
def test_a_compiler_that_fails_at_the_gradients_is_said():
    from torch._inductor import config as inductor

    predict = compiling.guarded(torch.compile(Doubled()), "training.compile")
    with inductor.patch({"force_disable_caches": True}):
        x = torch.rand(2, 1, 8, 8, requires_grad=True)
        loss = predict(x, torch.ones(2, dtype=torch.int64)).sum()
    without = {"cpp.cxx": ("/nonexistent/g++",), "force_disable_caches": True}
    with (
        inductor.patch(without),
        pytest.raises(RuntimeError, match=r"training\.compile is true.*g\+\+"),
        compiling.compiling("training.compile"),
    ):
        loss.backward()


def test_an_error_is_named_by_its_first_line():
    assert compiling.reason(RuntimeError("first\nsecond")) == "first"
    assert compiling.reason(RuntimeError()) == "RuntimeError"


def test_only_failures_to_compile_are_reworded():
    from torch._dynamo.exc import TorchDynamoException

    def predict(x, k):
        raise x

    guarded = compiling.guarded(predict, "sampling.compile")
    with pytest.raises(RuntimeError, match=r"^sampling\.compile is true, but .*\(no g\+\+\)"):
        guarded(TorchDynamoException("no g++\nat all"), None)
    with pytest.raises(RuntimeError, match=r"^out of memory$"):
        guarded(RuntimeError("out of memory"), None)

"""A network that cannot be compiled is said in one line that names the option."""

import importlib
import sys

import pytest
import torch

from beyond_blur.network import compiling


class Doubled(torch.nn.Module):
    def forward(self, x, k):
        return 2 * x


@pytest.mark.slow
def test_a_failure_to_compile_names_the_option():
    from torch._inductor import config as inductor

    predict = compiling.Guarded(torch.compile(Doubled()), "training.compile")
    without = {"cpp.cxx": ("/nonexistent/g++",), "force_disable_caches": True}
    with (
        inductor.patch(without),
        pytest.raises(RuntimeError, match=r"training\.compile is on.*g\+\+"),
    ):
        predict(torch.rand(2, 1, 8, 8), torch.ones(2, dtype=torch.int64))


@pytest.mark.slow
def test_a_compiler_that_fails_at_the_gradients_is_said():
    from torch._inductor import config as inductor

    predict = compiling.Guarded(torch.compile(Doubled()), "training.compile")
    with inductor.patch({"force_disable_caches": True}):
        x = torch.rand(2, 1, 8, 8, requires_grad=True)
        loss = predict(x, torch.ones(2, dtype=torch.int64)).sum()
    without = {"cpp.cxx": ("/nonexistent/g++",), "force_disable_caches": True}
    with (
        inductor.patch(without),
        pytest.raises(RuntimeError, match=r"training\.compile is on.*g\+\+"),
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

    guarded = compiling.Guarded(predict, "sampling.compile")
    with pytest.raises(RuntimeError, match=r"^sampling\.compile is on, but .*\(no g\+\+\)"):
        guarded(TorchDynamoException("no g++\nat all"), None)
    with pytest.raises(RuntimeError, match=r"^out of memory$"):
        guarded(RuntimeError("out of memory"), None)


def test_auto_goes_on_uncompiled_and_says_so_once(capsys):
    from torch._dynamo.exc import TorchDynamoException

    tried = []

    def broken(x, k):
        tried.append(k)
        raise TorchDynamoException("no Triton\nat all")

    predict = compiling.Guarded(broken, "training.compile", lambda x, k: x + k)
    assert [predict(1, 2), predict(3, 4)] == [3, 7]
    assert tried == [2] and predict.gave_up
    said = capsys.readouterr().out
    assert said.startswith("warning: training.compile is on, but torch.compile fails here (no Trit")
    assert said.endswith("or set training.compile to false; going on uncompiled\n")
    assert said.count("\n") == 1


def test_a_network_that_compiles_is_called_compiled():
    predict = compiling.Guarded(lambda x, k: x, "training.compile", lambda x, k: k)
    assert predict(1, 2) == 1 and not predict.gave_up


@pytest.mark.parametrize(
    ("wanted", "device", "calls", "triton", "compiled"),
    [
        ("auto", "cuda", compiling.PAYS_FROM, True, True),
        ("auto", "cuda:1", compiling.PAYS_FROM, True, True),
        ("auto", "cuda", compiling.PAYS_FROM - 1, True, False),
        ("auto", "cuda", compiling.PAYS_FROM, False, False),
        ("auto", "cpu", 10**9, True, False),
        (True, "cpu", 1, False, True),
        (False, "cuda", 10**9, True, False),
    ],
)
def test_auto_compiles_long_runs_on_a_gpu_with_triton(
    monkeypatch, wanted, device, calls, triton, compiled
):
    monkeypatch.setattr(compiling, "has_triton", lambda: triton)
    assert compiling.resolve(wanted, device, calls) is compiled


def test_a_triton_that_cannot_be_imported_is_none(monkeypatch, tmp_path):
    (tmp_path / "triton.py").write_text("raise OSError('no driver')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "triton", None)  # the real one is back after the test
    del sys.modules["triton"]
    assert not compiling.has_triton()
    (tmp_path / "triton.py").write_text("")
    importlib.invalidate_caches()
    sys.modules.pop("triton", None)
    assert compiling.has_triton()

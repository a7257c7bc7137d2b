"""A device multiplies as the precision says, around the network only."""

import os

import pytest
import torch

from beyond_blur.network import arithmetic
from beyond_blur.network.arithmetic import Rules, current, rules, set_for


@pytest.fixture(autouse=True)
def as_before():
    """Settings of torch are the process's: whatever a test does to them is undone."""
    before = current()
    yield
    arithmetic.apply(before)


@pytest.mark.parametrize(
    ("precision", "tf32"), [("float32", False), ("tf32", True), ("bfloat16", False)]
)
def test_convolutions_are_in_tf32_where_it_is_asked_for_and_nowhere_else(precision, tf32):
    before = current()
    with set_for("cuda", precision):
        assert torch.backends.cudnn.allow_tf32 is tf32
        assert torch.backends.cuda.matmul.allow_tf32 is False
        assert torch.get_float32_matmul_precision() == "highest"
        # Both ways of asking agree: compiled code asks the old one.
        assert (torch.backends.cudnn.conv.fp32_precision == "tf32") is tf32
    assert current() == before


def test_cosine_transforms_are_never_in_tf32():
    assert not rules("tf32", False).linear_tf32


def test_nothing_is_set_for_a_cpu(monkeypatch):
    monkeypatch.setattr(arithmetic, "apply", lambda wanted: pytest.fail("set"))
    with set_for("cpu", "float32", deterministic=True):
        pass


def test_the_same_bits_are_promised_by_every_setting_that_they_depend_on(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    filled = torch.utils.deterministic.fill_uninitialized_memory
    with set_for("cuda", "bfloat16", deterministic=True):
        assert current() == Rules(False, False, True, True, False)
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
        assert not torch.utils.deterministic.fill_uninitialized_memory
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory is filled


def test_a_caller_that_is_only_warned_is_so_afterwards_and_never_inside():
    torch.use_deterministic_algorithms(True, warn_only=True)
    with set_for("cuda", "float32", deterministic=True):
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()


def test_tf32_that_was_set_in_another_way_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(
        type(torch.backends.cuda.matmul), "__getattr__",
        lambda self, name: (_ for _ in ()).throw(RuntimeError("mix of APIs")),
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="leave it unset") as refused, set_for("cuda", "tf32"):
        pass
    assert "\n" not in str(refused.value)


def test_algorithms_are_timed_where_nothing_is_promised():
    with set_for("cuda:0", "float32"):
        assert torch.backends.cudnn.benchmark
        assert not torch.backends.cudnn.deterministic


def test_settings_come_back_after_an_error():
    before = current()
    with pytest.raises(ZeroDivisionError), set_for("cuda", "tf32", deterministic=True):
        raise ZeroDivisionError
    assert current() == before

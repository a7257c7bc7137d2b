"""``auto`` is the number format that the hardware multiplies in."""

import torch

from beyond_blur.network import precision


def test_auto_is_bfloat16_where_the_hardware_multiplies_in_it(monkeypatch):
    for capable, resolved in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device, yes=capable: yes)
        assert precision.resolve("auto", "cpu") == resolved
        assert precision.resolve("float32", "cpu") == "float32"
        assert precision.resolve("bfloat16", "cpu") == "bfloat16"
        said = precision.warning("bfloat16", "cpu")
        assert said is None if capable else "training.precision = bfloat16" in said
        assert precision.warning("auto", "cpu") is None
        said = precision.warning("bfloat16", "cpu", "--precision")
        assert said is None if capable else said.startswith("--precision bfloat16, but this cpu")


def test_samples_of_no_cpu_are_of_bfloat16_unless_asked(monkeypatch):
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: True)
    assert precision.resolve_sampling("auto", "cpu") == "float32"
    assert precision.resolve_sampling("bfloat16", "cpu") == "bfloat16"
    assert precision.resolve_sampling("auto", "cuda") == "bfloat16"
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: False)
    assert precision.resolve_sampling("auto", "cuda") == "float32"


def test_tf32_is_float32_where_there_is_none(monkeypatch):
    assert precision.resolve("tf32", "cpu") == "float32"
    assert "this cpu has no TF32: float32 is used" in precision.warning("tf32", "cpu")
    for capability, resolved in (((7, 5), "float32"), ((8, 0), "tf32"), ((12, 0), "tf32")):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device, c=capability: c)
        assert precision.resolve("tf32", "cuda:0") == resolved
        assert (precision.warning("tf32", "cuda:0") is None) == (resolved == "tf32")

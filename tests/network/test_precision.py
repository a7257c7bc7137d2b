"""``auto`` is the number format that the hardware multiplies in."""

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

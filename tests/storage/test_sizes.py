"""Sizes as people read them."""

from beyond_blur.storage.sizes import in_bytes


def test_sizes_have_three_digits_and_a_unit():
    numbers = (0, 999, 1500, 2_340_000, 3.4e9, 55_100_000_000, 10**12)
    assert [in_bytes(n) for n in numbers] == [
        "0 bytes", "999 bytes", "1.5 kB", "2.34 MB", "3.4 GB", "55.1 GB", "1 TB",
    ]  # fmt: skip

"""An idx file unpacks to what its header states, or is refused before it is unpacked."""

import gzip
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import image_sets, memory, readers
from beyond_blur.data.idx import read_idx
from data.pictures import write_idx

ROOT = Path(__file__).parents[2]


def idx(*sizes, values=b"", kind=8):
    return bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + values


BAD = {
    "empty": (b"", r"not an idx file of bytes .* it is empty"),
    "magic only": (idx()[:3] + b"\x03", "truncated within its header"),
    "half a header": (idx(3, 8, 8)[:9], "truncated within its header"),
    "no axes": (idx(), "has 0 axes"),
    "five axes": (idx(1, 1, 1, 1, 1, values=b"0"), "has 5 axes"),
    "overflow": (idx(2**31, 2**31, 4), "more than the .* GiB of memory"),
    "4 GB": (idx(2**16, 2**8, 2**8), "but holds 0 values: it is truncated"),
    "empty images": (idx(12, 0, 0), "says 12 x 0 x 0: it holds no values"),
    "trailing": (idx(2, 2, 2, values=bytes(9)), "2 x 2 x 2 but holds more values"),
    "truncated": (idx(2, 2, 2, values=bytes(7)), "holds 7 values: it is truncated"),
    "floats": (idx(2, 2, 2, values=bytes(32), kind=13), "not an idx file of bytes .* an idx file"),
    "text": (b"hello, world", "not an idx file of bytes .* a text file"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_bad_idx_files_are_refused_in_one_line(tmp_path, name, packed, monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**34)
    content, words = BAD[name]
    path = tmp_path / "images"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(ConfigError, match=rf"images .*{words}") as refused:
        read_idx(path)
    assert "\n" not in str(refused.value)
    with pytest.raises(ConfigError, match=rf"{words}|images is empty: download it again"):
        image_sets.read_images(path)


@pytest.mark.parametrize("name", ["images.idx", "images.gz", "images"])
def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path, name):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 5), dtype=np.uint8)
    write_idx(tmp_path / "plain.idx", pixels)
    write_idx(tmp_path / "packed.gz", pixels)
    for source in ("plain.idx", "packed.gz"):
        (tmp_path / source).replace(tmp_path / name)
        np.testing.assert_array_equal(read_idx(tmp_path / name), pixels)


def bomb(header, n_bytes):
    """A gzip file of a header and zeros, made without holding them."""
    packer = zlib.compressobj(1, wbits=31)
    parts = [packer.compress(header)]
    parts += [packer.compress(bytes(2**20)) for _ in range(n_bytes >> 20)]
    return b"".join([*parts, packer.flush()])


@pytest.mark.parametrize(
    ("header", "words"),
    [(b"", "not an idx file"), (idx(10, 8, 8), "more values"), (idx(2**9, 2**9, 2**9), "memory")],
)
def test_a_gzip_bomb_is_refused_without_being_unpacked(tmp_path, header, words):
    """128 MB of zeros, in a process that may take 60 MB more than the imports do."""
    (tmp_path / "bomb.gz").write_bytes(bomb(header, 2**27))
    code = f"""if True:
        import resource, sys
        import numpy
        from pathlib import Path
        from beyond_blur.data.idx import read_idx
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * {resource.getpagesize()}
        resource.setrlimit(resource.RLIMIT_AS, (taken + 60 * 2**20,) * 2)
        try:
            read_idx(Path({str(tmp_path / "bomb.gz")!r}))
        except ValueError as error:
            sys.exit(str(error))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert words in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_labels_of_an_idx_file_are_one_number_for_each_image(tmp_path):
    write_idx(tmp_path / "images", np.zeros((12, 8, 8), np.uint8))
    write_idx(tmp_path / "fewer", np.arange(11, dtype=np.uint8))
    for labels, words in (
        ("images", r"images: labels are uint8 of shape \(12, 8, 8\)"),
        ("fewer", r"fewer: the dataset has 12 images but 11 labels"),
    ):
        spec = Dataset(
            kind="idx", path=str(tmp_path / "images"), labels_path=str(tmp_path / labels)
        )
        with pytest.raises(ConfigError, match=words):
            readers.open_source(spec)

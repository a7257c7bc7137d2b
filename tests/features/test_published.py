"""Published weights are the file of their sha256, read without running code that it may hold."""

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from beyond_blur.features import build_extractor
from beyond_blur.features.published import KNOWN_SHA256, checked_sha256, read_state

RAN = "code of the file was run"


class Malicious:
    def __reduce__(self):
        return exec, (f"raise SystemExit({RAN!r})",)


def truncated(path):
    torch.save({"weight": torch.zeros(999)}, path)
    path.write_bytes(path.read_bytes()[:2000])


BAD = {
    "is a text file, and no weights can be read from it": lambda p: p.write_text("see the docs\n"),
    r"is a web page \(HTML\), and": lambda p: p.write_text("<!doctype html><p>404"),
    r"is a file of PyTorch, .*\(UnpicklingError\)": lambda p: torch.save({"a": Malicious()}, p),
    "is a Python pickle, and": lambda p: p.write_bytes(pickle.dumps(Malicious())),
    "is a file of PyTorch, and": truncated,
    "is empty, and": lambda p: p.write_bytes(b""),
    "holds no state dict": lambda p: torch.save([torch.zeros(3)], p),
    "holds no state dict .*": lambda p: torch.save({"model": {"a": torch.zeros(3)}}, p),
    "not finite .'a'.: fetch": lambda p: torch.save({"a": torch.tensor([0, torch.nan])}, p),
}


@pytest.mark.parametrize("words", BAD)
@pytest.mark.parametrize("extractor", ["inception", "inception-clean", "dinov2"])
def test_what_are_no_weights_is_refused_in_one_line(tmp_path, extractor, words):
    path = tmp_path / "weights.pth"
    BAD[words](path)
    with pytest.raises(ValueError, match=words) as refused:
        build_extractor(extractor, weights=path, sha256="")
    said = str(refused.value)
    assert said.startswith(str(path)) and said.isprintable() and len(said) < 400


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff" * 99])
def test_damaged_safetensors_weights_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights\.safetensors is .*give the published file"):
        read_state(path)


def test_weights_are_the_same_tensors_in_both_formats(tmp_path):
    state = {"a": torch.arange(6.0).view(2, 3), "n": torch.tensor(3)}
    torch.save(state, tmp_path / "a.pth")
    save_file(state, tmp_path / "a.safetensors")
    for name in ("a.pth", "a.safetensors"):
        found = read_state(tmp_path / name)
        assert found.keys() == state.keys()
        assert all(torch.equal(found[key], state[key]) for key in state)


@pytest.mark.parametrize("name", KNOWN_SHA256)
def test_a_file_of_a_published_name_must_be_the_published_file(tmp_path, name):
    digits = KNOWN_SHA256[name]
    assert len(digits) == 64 and set(digits) <= set("0123456789abcdef")
    path = tmp_path / name
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match=f"{name} is a file of PyTorch .*not begin with {digits}"):
        checked_sha256(path, None)
    extractor = "dinov2" if name.startswith("dinov2") else "inception"
    with pytest.raises(ValueError, match="not the published file or is damaged; fetch it again"):
        build_extractor(extractor, weights=path)


def test_any_inception_file_must_be_the_published_one(tmp_path):
    torch.save({"weight": torch.zeros(3)}, tmp_path / "mine.pth")
    with pytest.raises(ValueError, match="does not begin with 6726825d0af5"):
        build_extractor("inception-clean", weights=tmp_path / "mine.pth")


def test_the_recorded_sha256_is_that_of_the_file(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"any")
    assert checked_sha256(tmp_path / "a.pth", None) == hashlib.sha256(b"any").hexdigest()


def test_only_plain_tensors_are_read_of_pytorchs_files():
    """Everywhere in the package."""
    package = Path(__file__).parents[2] / "src"
    lines = [
        line for p in package.rglob("*.py") for line in p.read_text().splitlines()
        if "torch.load(" in line
    ]  # fmt: skip
    assert lines and all("weights_only=True" in line for line in lines)

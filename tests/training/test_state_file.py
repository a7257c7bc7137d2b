"""A state on disk is what was written, to the last bit of it, or it is refused."""

import random

import pytest
import torch

from beyond_blur.training import loop, state_file
from small_runs import PROCESS, SPEC, start


@pytest.fixture
def saved(source):
    run = start()
    loop.train(run, PROCESS, source, SPEC)
    return {"history": "{}", **run.state_dict()}


def test_what_is_written_is_read_without_pickle(saved, tmp_path):
    state_file.write(saved, tmp_path / "state.pt")
    found = state_file.read(tmp_path / "state.pt")
    assert found.keys() == saved.keys() and found["counts"] == [6, 0, 0]
    assert state_file.checksum(found) == state_file.checksum(saved)
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]


@pytest.mark.thorough
def test_no_flipped_bit_goes_unnoticed(saved, tmp_path):
    path, drawn = tmp_path / "state.pt", random.Random(0)
    state_file.write(saved, path)
    whole, outcomes = path.read_bytes(), []
    for _ in range(60):
        damaged = bytearray(whole)
        place = drawn.randrange(8 * len(whole))
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            found = state_file.read(path)
        except state_file.Damaged:
            outcomes.append("refused")
        else:  # a bit of the zip that means nothing
            assert state_file.checksum(found) == state_file.checksum(saved)
            outcomes.append("the same")
    assert outcomes.count("refused") > 50


def change_a_count(saved):
    saved["counts"][1] = 1


def change_a_rate(saved):
    saved["optimiser"]["param_groups"][0]["lr"] = 2e-3


def change_a_moment(saved):
    saved["optimiser"]["state"][0]["step"] += 1


def change_a_shape(saved):
    name = next(iter(saved["average"]))
    saved["average"][name] = saved["average"][name].flatten()


def change_a_format(saved):
    name = next(iter(saved["average"]))
    saved["average"][name] = saved["average"][name].view(torch.int32)


def change_the_history(saved):
    saved["history"] = "[]"


CHANGES = [change_a_count, change_a_rate, change_a_moment, change_a_shape, change_a_format,
           change_the_history]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_seal_is_over_everything(saved, tmp_path, change):
    path = tmp_path / "state.pt"
    state_file.write(saved, path)
    written = torch.load(path, weights_only=True)
    change(written)
    torch.save(written, path)
    with pytest.raises(state_file.Damaged, match=r"^does not match its checksum"):
        state_file.read(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and no more"])
def test_what_is_no_state_is_refused(tmp_path, content):
    (tmp_path / "state.pt").write_bytes(content)
    with pytest.raises(state_file.Damaged, match=r"^is truncated, damaged or no training state"):
        state_file.read(tmp_path / "state.pt")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_state_is_refused(saved, tmp_path, share):
    path = tmp_path / "state.pt"
    state_file.write(saved, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(state_file.Damaged):
        state_file.read(path)


@pytest.mark.parametrize("other", [{"other": 1}, [1], 3.0])
def test_a_file_of_torch_without_a_seal_is_refused(tmp_path, other):
    torch.save(other, tmp_path / "state.pt")
    with pytest.raises(state_file.Damaged, match="without a checksum"):
        state_file.read(tmp_path / "state.pt")


class Malice:
    def __reduce__(self):
        return print, ("ran",)


def test_code_in_a_state_is_not_run(tmp_path, capsys):
    torch.save({"seal": Malice()}, tmp_path / "state.pt")
    with pytest.raises(state_file.Damaged, match="UnpicklingError"):
        state_file.read(tmp_path / "state.pt")
    assert capsys.readouterr().out == ""


def test_a_state_that_the_system_will_not_read_is_not_taken_for_a_damaged_one(tmp_path):
    (tmp_path / "state.pt").mkdir()
    with pytest.raises(IsADirectoryError):
        state_file.read(tmp_path / "state.pt")

"""A GPU check on a CPU: whatever a part does, the others are measured and the report is made."""

import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from gpu_parts import driver
from gpu_parts.driver import Check, choose
from gpu_parts.registry import ASKED_FOR, PARTS, Part
from gpu_parts.report import as_text

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks/gpu_check.py"
MEASURES = Part("fake_gpu_parts:measures", 10)


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Run fake parts, given by name, function and whether they run beside."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setattr(driver, "SMALLEST_BOX", 0.5)
    monkeypatch.setattr(driver, "GRACE", 0.5)

    def run(budget, parts):
        wanted = tuple(name for name, part in parts.items() if not part.beside)
        Check(tmp_path, budget, wanted, dry=True, parts=parts).run()
        return json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))

    return run


def fake(function, **options):
    return Part(f"fake_gpu_parts:{function}", 10, **options)


def gone(process):
    """Whether a process has ended; whoever inherits it may not have asked for its end yet."""
    try:
        return "Z" in Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[2]
    except FileNotFoundError:
        return True


@pytest.mark.parametrize(
    ("function", "outcome"), [("raises", "failed with 1"), ("is_killed", "failed with -9")]
)
def test_a_part_that_fails_keeps_what_it_had_and_costs_the_others_nothing(check, function, outcome):
    report = check(60, {"bad": fake(function), "good": MEASURES})
    assert report["bad"]["before"] == 1
    assert report["bad"]["outcome"] == outcome
    assert report["good"]["rate"] == 2.5
    assert report["good"]["outcome"] == "done"


def test_a_part_that_hangs_is_ended_with_its_processes_when_its_time_is_up(check):
    report = check(6, {"bad": fake("starts_a_process_and_hangs"), "good": MEASURES})
    assert report["bad"]["outcome"] == "out of time"
    assert report["bad"]["seconds"] < 5
    assert gone(report["bad"]["child"])
    assert report["good"]["outcome"] == "done"


def test_a_part_beside_that_hangs_ends_with_the_budget(check):
    start = time.monotonic()
    beside = fake("hangs", beside=True, serves=("good",))
    report = check(4, {"beside": beside, "good": MEASURES})
    assert time.monotonic() - start < 8
    assert report["good"]["rate"] == 2.5
    assert report["beside"]["outcome"] == "out of time"
    assert report["beside"]["before"] == 1


def test_a_part_beside_is_left_out_where_nothing_wanted_needs_it(check):
    report = check(30, {"beside": fake("hangs", beside=True, serves=("other",)), "good": MEASURES})
    assert list(report) == ["good"]


def test_only_one_part_has_the_device(check):
    function = "writes_its_interval"
    report = check(60, {
        "beside": fake(function, beside=True, serves=("good",)), "good": fake(function),
    })  # fmt: skip
    found = sorted(tuple(part[f"interval {turn}"]) for part in report.values() for turn in range(3))
    assert all(end <= start for (_, end), (start, _) in pairwise(found))


def test_a_failed_attempt_keeps_what_was_found_and_the_part_goes_on(check):
    report = check(30, {"part": fake("attempts")})["part"]
    assert report["found"] == {"before": 1, "failed": "ZeroDivisionError: division by zero"}
    assert report["next"] == 7
    assert report["outcome"] == "done"


def test_what_runs_out_of_memory_is_tried_again_alone(check):
    report = check(60, {"part": fake("runs_out_of_memory_once")})
    assert report["part"]["tries"] == [False, True]


def test_the_text_is_made_of_the_json(check, tmp_path):
    report = check(30, {"good": MEASURES})
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == as_text(report) + "\n"
    assert as_text({"part": {"rate": 2.50001, "long": {"x" * 60: 1, "y" * 60: {"z": 2}}}}) == (
        f"part\n  rate: 2.5\n  long\n    {'x' * 60}: 1\n    {'y' * 60}: z 2"
    )


def test_parts_are_chosen_by_name_and_run_in_their_order():
    assert choose("training,facts", "") == ("facts", "training")
    assert "corruption" not in choose("", "corruption")
    assert not set(ASKED_FOR) & set(choose("", ""))
    assert choose("sanitizer", "") == ("sanitizer",)
    with pytest.raises(ValueError, match="no part 'fact': there are facts, corruption"):
        choose("fact", "")


def test_every_part_beside_serves_parts_that_there_are():
    for part in PARTS.values():
        assert set(part.serves) <= {name for name, other in PARTS.items() if not other.beside}
        assert bool(part.serves) == part.beside


def dry_run(out, *options):
    command = [sys.executable, str(SCRIPT), "--dry", "--out", str(out), *options]
    ran = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def failures(values):
    """What failed anywhere in a report."""
    if not isinstance(values, dict):
        return []
    own = [values["failed"]] if "failed" in values else []
    return own + [one for value in values.values() for one in failures(value)]


@pytest.mark.thorough
def test_a_dry_run_measures_on_the_cpu(tmp_path):
    report = dry_run(tmp_path, "--only", "facts,sanitizer", "--budget", "600")
    assert report["facts"]["device"] == "none: the CPU in its place"
    assert report["sanitizer"]["left out"] == "no compute-sanitizer"
    assert failures(report) == []
    assert {part["outcome"] for part in report.values()} == {"done"}


@pytest.mark.slow
def test_every_part_measures_in_a_dry_run(tmp_path):
    report = dry_run(tmp_path, "--budget", "1500")
    assert failures(report) == []
    assert set(report) >= set(choose("", ""))
    assert {
        name: part["outcome"] for name, part in report.items() if part["outcome"] != "done"
    } == {}
    assert report["training, compiled: cifar10"]["step"]["ours, times faster"] > 0
    assert report["sampling, compiled: cifar10"]["last batch"]["compiled again"] == 0
    assert report["sampling"]["tiny x 4: noise, bits"]["fourth draw, same bits"]
    assert report["deterministic"]["tiny: two runs, deterministic"]["same bits"]
    assert report["streaming"]["bits under load"]["largest difference (0 wanted)"] == 0
    assert report["streaming"]["tiny: pairs alone, several"]["steps a call"] == 3
    assert report["streaming"]["tiny: Pe = 0"]["same bits one by one"]
    for name in ("ihdm", "advection-diffusion", "ddpm"):
        assert (tmp_path / f"samples-{name}.png").exists()


def test_a_part_that_there_is_not_is_one_line(tmp_path):
    command = [sys.executable, str(SCRIPT), "--only", "fact", "--out", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.startswith("gpu_check.py: no part 'fact'")
    assert len(ran.stderr.splitlines()) == 1

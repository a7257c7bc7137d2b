"""Jobs on a machine with several GPUs, which CUDA_VISIBLE_DEVICES lists and nobody has."""

import re

import pytest
from workflow_runs import environment, planned, snakemake

NOTED = """
import atexit, os, sys, time
VERBS = {"train", "sample", "features", "cache_pairs", "terminal_states", "prepare_dataset"}
found = [word for word in sys.orig_argv[3:4] if word in VERBS]
if found and sys.orig_argv[1:3] == ["-m", "beyond_blur"]:
    def note(what):
        with open(os.environ["NOTES"], "a") as file:
            cards = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
            file.write(f"{what} {found[0]} [{cards}] {os.getpid()}\\n")
    note("begin")
    atexit.register(note, "end")
"""
SAID = "No GPU is found here: the CPU serves (device: cpu asks for none)."


def cards(repository, listed, **more):
    outside = {"CUDA_VISIBLE_DEVICES": listed, **more}
    return environment(repository, **outside)


def asked(done):
    """Numbers of GPUs that jobs of a dry run ask for, by rule."""
    assert done.returncode == 0, done.stderr
    jobs = re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", done.stdout, re.MULTILINE)
    assert jobs
    found: dict[str, set[int]] = {}
    for rule, text in jobs:
        gpu = re.search(r"\bgpu=(\d+)", text)
        if gpu is not None:
            found.setdefault(rule, set()).add(int(gpu[1]))
    return found


def provided(done):
    found = re.search(r"^Provided resources:.*gpu\D+(\d+)", done.stderr, re.MULTILINE)
    assert found is not None, done.stderr
    return int(found[1])


def test_jobs_of_networks_and_flows_ask_for_one_and_with_device_cpu_none_does(repository, tmp_path):
    plan = asked(snakemake(repository, tmp_path / "run", "-n", env=cards(repository, "0,1")))
    using = {"train", "sample", "trajectory", "align_levels", "real_features", "sample_features",
             "figure_photograph", "figure_terminal_knowledge", "figure_streamlines",
             "figure_peclet_row", "figure_pipeline"}  # fmt: skip
    assert {rule for rule, gpu in plan.items() if gpu == {1}} == using
    # One of the two processes has no flow.
    some = {rule for rule, gpu in plan.items() if gpu == {0, 1}}
    assert some == {"cache_pairs", "terminal_states"}
    done = snakemake(
        repository, tmp_path / "run", "-n",
        config={"device": "cpu"}, env=cards(repository, "0,1"),
    )  # fmt: skip
    assert set().union(*asked(done).values()) == {0}


def test_requests_rerun_nothing(repository, finished, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert planned(repository, finished) == {}
    assert planned(repository, finished, config={"device": "cpu", "longest_job": 7}) == {}
    assert planned(repository, finished, "--resources", "gpu=1") == {}


@pytest.mark.slow
def test_the_budget_is_what_the_machine_has_unless_the_command_says_otherwise(repository, tmp_path):
    """And that the CPU serves is said once, where it does."""
    target = "results/data/tiny/train/shards.json"
    two = snakemake(repository, tmp_path / "two", target, env=cards(repository, "0,1"))
    assert provided(two) == 2 and SAID not in two.stderr
    five = snakemake(
        repository, tmp_path / "five", target, "--resources", "gpu=5", env=cards(repository, "0,1")
    )
    assert provided(five) == 5
    none = snakemake(repository, tmp_path / "none", target, env=cards(repository, ""))
    assert provided(none) == 0 and none.stderr.count(SAID) == 1
    told = snakemake(
        repository, tmp_path / "told", target,
        config={"device": "cpu"}, env=cards(repository, ""),
    )  # fmt: skip
    assert told.returncode == 0 and SAID not in told.stderr


@pytest.mark.slow
def test_jobs_at_once_have_a_card_each(repository, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NOTED)
    notes = tmp_path / "notes"
    env = cards(repository, "GPU-a,GPU-b", NOTES=str(notes), TMPDIR=str(tmp_path))
    env["PYTHONPATH"] = f"{tmp_path}:{env['PYTHONPATH']}"
    done = snakemake(
        repository, tmp_path / "run", "--cores", "4", "--until", "train", "real_features", env=env
    )
    assert done.returncode == 0, done.stderr
    busy, most, used = {}, 0, set()
    for line in notes.read_text().splitlines():
        what, verb, listed, process = re.fullmatch(r"(\w+) (\w+) \[(.*)\] (\d+)", line).groups()
        if verb == "prepare_dataset":
            assert listed == "GPU-a,GPU-b"
        elif what == "end":
            busy.pop(process)
        else:
            # Without a flow the solver takes no card.
            assert listed in ("GPU-a", "GPU-b") or (verb, listed) in STILL, line
            assert not listed or listed not in busy.values(), "two jobs on one card"
            busy[process] = listed
            used.add((verb, listed))
            most = max(most, sum(map(bool, busy.values())))
    assert {"train", "features", "cache_pairs"} <= {verb for verb, _ in used}
    assert {card for _, card in used} == {"GPU-a", "GPU-b", ""} and most == 2


STILL = {("cache_pairs", ""), ("terminal_states", "")}

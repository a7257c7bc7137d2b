"""Files of a finished run change places, and whoever reads them refuses: by name, in one line."""

import json
import os
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from workflow_runs import snakemake

from beyond_blur import cli
from beyond_blur.storage import artifacts, records

P, Q = "advection_diffusion-pe0", "advection_diffusion-pe0.1"
DATA, TERMINAL, PAIRS = "data/tiny", "terminal/tiny", "corruption/tiny"
FEATURES, METRICS = "features/classifier/tiny", "metrics/classifier/tiny"


@pytest.fixture(scope="module")
def commands(repository, finished):
    """What every rule runs, as arguments of the command line by the first file it writes."""
    done = snakemake(repository, finished, "--forceall", "-n", "-p", "--quiet", "reason")
    found = {}
    for line in re.findall(r"python -m beyond_blur (.*)$", done.stdout, flags=re.MULTILINE):
        words = shlex.split(line.split(" > ")[0].split(" 2>&1")[0])
        for option in ("--out", "--csv", "--png", "--gif", "--train"):
            if option in words:
                found.setdefault(words[words.index(option) + 1], words)
                break
    return found


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    """A copy of the finished run, which is the working folder."""
    folder = tmp_path_factory.mktemp("belonging") / "run"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    before = Path.cwd()
    os.chdir(folder)
    yield folder / "results"
    os.chdir(before)


def swap(a, b):
    """Exchange two files, or the shards of two folders."""
    spare = a.with_name(f"{a.name}-spare")
    a.rename(spare)
    b.rename(a)
    spare.rename(b)


def refusal(commands, run, capsys, out, change=()):
    """What the verb that makes a file says when it refuses."""
    words = commands[f"results/{out}"]
    if change:
        spec = json.loads(words[words.index("--spec") + 1])
        for section, key, value in change:
            spec[section][key] = value
        words = [json.dumps(spec) if w.startswith("{") else w for w in words]
    kept = (run / out).read_bytes()
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 1
    assert (run / out).read_bytes() == kept, "nothing may be written"
    lines = capsys.readouterr().err.strip().splitlines()
    assert len([line for line in lines if "error:" in line]) == 1
    return lines[-1]


SWAPPED = [
    (f"samples/tiny/{P}/train/seed-0.safetensors", f"checkpoints/tiny/{P}/weights.safetensors",
     f"checkpoints/tiny/{Q}/weights.safetensors", f"was trained for {Q}, this job is {P}: "),
    (f"trajectories/tiny/{P}.safetensors", f"checkpoints/tiny/{P}/weights.safetensors",
     f"checkpoints/tiny/{Q}/weights.safetensors", f"was trained for {Q}, this job is {P}: "),
    (f"samples/tiny/{P}/train/seed-0.safetensors", f"{TERMINAL}/{P}/train",
     f"{TERMINAL}/{Q}/train", f"is of the process {Q}, this job is of {P}"),
    (f"amplitude/tiny/{P}.json", f"{TERMINAL}/{P}/train", f"{TERMINAL}/{Q}/train",
     f"is of the process {Q}, this job is of {P}"),
    (f"{PAIRS}/{P}/shard-0.safetensors", f"{DATA}/train/shard-0.safetensors",
     f"{DATA}/train/shard-1.safetensors", f"another one than results/{DATA}/train/shards.json"),
    (f"{PAIRS}/{P}/shard-0.safetensors", f"{DATA}/train", f"{DATA}/held_out",
     "is of the split held_out, this job is of train"),
    (f"{TERMINAL}/{P}/train/shard-0.safetensors", f"{DATA}/train", f"{DATA}/held_out",
     "is of the split held_out, this job is of train"),
    (f"checkpoints/tiny/{P}/weights.safetensors", f"{PAIRS}/{P}", f"{PAIRS}/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    (f"checkpoints/tiny/{P}/weights.safetensors", f"{PAIRS}/{P}/shard-0.safetensors",
     f"{PAIRS}/{P}/shard-1.safetensors", f"another one than results/{PAIRS}/{P}/shards.json lists"),
    ("classifier/tiny/weights.safetensors", f"{DATA}/train", f"{DATA}/held_out",
     "is of the split held_out, this job is of train"),
    (f"{FEATURES}/real/train.safetensors", f"{DATA}/train/shard-0.safetensors",
     f"{DATA}/held_out/shard-0.safetensors", f"another one than results/{DATA}/train/shards.json"),
    (f"{FEATURES}/real/train.safetensors", f"{DATA}/train", f"{DATA}/held_out",
     "is of the split held_out, this job is of train"),
    (f"{FEATURES}/real/train.safetensors", f"{DATA}/train/shard-0.safetensors",
     f"{DATA}/train/shard-1.safetensors", f"another one than results/{DATA}/train/shards.json"),
    (f"{FEATURES}/{P}/train/seed-0.safetensors", f"samples/tiny/{P}", f"samples/tiny/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    (f"{FEATURES}/{P}/train/seed-0.safetensors", f"samples/tiny/{P}/train/seed-0.safetensors",
     f"samples/tiny/{P}/train/seed-1.safetensors", "is of seed 1, this job is of 0"),
    (f"{METRICS}/{P}/train/seed-0.json", f"{FEATURES}/{P}", f"{FEATURES}/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    (f"{METRICS}/{P}/train/seed-0.json", f"{FEATURES}/{P}/train/seed-0.safetensors",
     f"{FEATURES}/{P}/train/seed-1.safetensors", "is of seed 1, this job is of 0"),
    (f"{METRICS}/{P}/train/seed-0.json", f"samples/tiny/{P}/train/seed-0.safetensors",
     f"samples/tiny/{P}/train/seed-1.safetensors", "is of seed 1, this job is of 0"),
    (f"{METRICS}/{P}/train/seed-0.json", f"{FEATURES}/real/train.safetensors",
     f"{FEATURES}/real/held_out.safetensors", "is of the split held_out, this job is of train"),
    (f"{METRICS}/{P}/train/seed-0.json", f"{DATA}/train", f"{DATA}/held_out",
     "is of the split held_out, this job is of train"),
    (f"neighbours/classifier/tiny/{P}.safetensors", f"{FEATURES}/{P}", f"{FEATURES}/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    (f"neighbours/classifier/tiny/{P}.safetensors", f"{DATA}/train", f"{DATA}/held_out",
     "is of the split held_out, this job is of train"),
    ("alignment.csv", f"{DATA}/train", f"{DATA}/held_out",
     "is of the split train, this job is of held_out"),
    *((f"figures/{name}.png", f"{DATA}/train", f"{DATA}/held_out",
       "is of the split train, this job is of held_out")
      for name in ("terminal_knowledge", "streamlines", "peclet_row")),
    ("table1.csv", f"{METRICS}/{P}", f"{METRICS}/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    ("table1.csv", f"{METRICS}/real/seed-0.json", f"{METRICS}/real/seed-1.json",
     "is of seed 1, this job is of 0"),
    ("terminal_amplitude.csv", f"amplitude/tiny/{P}.json", f"amplitude/tiny/{Q}.json",
     f"is of the process {Q}, this job is of {P}"),
    ("figures/fid_against_n.png", f"{METRICS}/{P}", f"{METRICS}/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    ("figures/loss.png", f"checkpoints/tiny/{P}", f"checkpoints/tiny/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    ("figures/samples.png", f"samples/tiny/{P}", f"samples/tiny/{Q}",
     f"is of the process {Q}, this job is of {P}"),
    *((f"figures/{name}.png", f"trajectories/tiny/{P}.safetensors",
       f"trajectories/tiny/{Q}.safetensors", f"is of the process {Q}, this job is of {P}")
      for name in ("strips", "spectrum", "restored")),
    *((out, f"samples/tiny/{P}", f"samples/tiny/{Q}", f"is of the process {Q}, this job is of {P}")
      for out in ("mean_colours.csv", "figures/mean_colours.png")),
    ("films/reverse.gif", f"trajectories/tiny/{P}.safetensors",
     f"trajectories/tiny/{Q}.safetensors", f"is of the process {Q}, this job is of {P}"),
    ("figures/neighbours.png", f"neighbours/classifier/tiny/{P}.safetensors",
     f"neighbours/classifier/tiny/{Q}.safetensors", f"is of the process {Q}, this job is of {P}"),
]  # fmt: skip


@pytest.mark.parametrize(("out", "one", "other", "words"), SWAPPED,
                         ids=[f"{row[0]}<-{row[2]}" for row in SWAPPED])  # fmt: skip
def test_files_in_each_others_places_are_refused(commands, run, capsys, out, one, other, words):
    swap(run / one, run / other)
    try:
        assert words in refusal(commands, run, capsys, out)
    finally:
        swap(run / one, run / other)


@pytest.mark.parametrize(("key", "value"), [("sigma_max", 8.0), ("n_levels", 8)])
@pytest.mark.parametrize("out", [
    f"samples/tiny/{P}/train/seed-0.safetensors", f"trajectories/tiny/{P}.safetensors",
])  # fmt: skip
def test_a_network_of_other_levels_is_refused(commands, run, capsys, out, key, value):
    said = refusal(commands, run, capsys, out, change=[("levels", key, value)])
    assert f"weights.safetensors is stale: it was made with levels.{key} = 4" in said


def test_features_of_another_classifier_are_not_measured_with_these(commands, run, capsys):
    path, features = run / "classifier/tiny/weights.safetensors", f"{FEATURES}/{P}/train"
    classifier = artifacts.load(path, "classifier")
    noisy = {name: values + np.float32(0.1) if values.dtype.kind == "f" else values
             for name, values in classifier.arrays.items()}  # fmt: skip
    kept = {name: (run / name).read_bytes() for name in
            ("classifier/tiny/weights.safetensors", f"{features}/seed-0.safetensors")}  # fmt: skip
    artifacts.save(path, noisy, kind="classifier", spec=classifier.manifest["spec"],
                   traits=classifier.traits)  # fmt: skip
    cli.main(commands[f"results/{features}/seed-0.safetensors"])
    said = refusal(commands, run, capsys, f"{METRICS}/{P}/train/seed-0.json")
    assert re.search(r"of the extractor's weights with sha256 \w{12}, the other of \w{12}", said)
    for name, content in kept.items():
        (run / name).write_bytes(content)


def test_a_file_twice_is_no_second_seed(commands, run, capsys):
    one, other = (run / METRICS / P / f"train/seed-{seed}.json" for seed in (0, 1))
    kept = other.read_bytes()
    shutil.copy(one, other)
    assert "is of seed 0, this job is of 1" in refusal(commands, run, capsys, "table1.csv")
    other.write_bytes(kept)


def test_no_number_of_a_record_can_change_without_a_word(commands, run, capsys):
    path = run / METRICS / P / "train/seed-0.json"
    kept, record = path.read_bytes(), records.load(path)
    record["rows"][0]["precision"] = 0.123
    path.write_text(json.dumps(record))
    for out in ("table1.csv", "figures/fid_against_n.png"):
        assert "seed-0.json does not match its checksum" in refusal(commands, run, capsys, out)
    path.write_bytes(kept)


@pytest.mark.parametrize(("out", "csv"), [
    ("figures/metrics.png", "table1.csv"), ("figures/precision_recall.png", "table1.csv"),
    ("figures/amplitude.png", "terminal_amplitude.csv"),
    ("figures/loss.png", f"checkpoints/tiny/{P}/history.jsonl"),
])  # fmt: skip
def test_a_table_that_was_edited_is_not_drawn(commands, run, capsys, out, csv):
    path = run / csv
    kept = path.read_text()
    path.write_text(kept.replace("1", "2", 1))
    assert f"{csv} is not what was written" in refusal(commands, run, capsys, out)
    path.write_text(kept[: len(kept) // 2])
    assert f"{csv} is not what was written" in refusal(commands, run, capsys, out)
    path.write_text(kept)

import pytest

from beyond_blur.config import read_experiment
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.verification.judging import Judge, in_words
from beyond_blur.verification.reading import Held
from beyond_blur.verification.registry import STAGES
from verification.made_up import made_up

P, Q = "advection_diffusion-pe0", "advection_diffusion-pe0.1"
WEIGHTS = f"checkpoints/tiny/{P}/weights.safetensors"
SAMPLES = f"samples/tiny/{P}/train/seed-0.safetensors"
FEATURES = f"features/random/tiny/{P}/train/seed-0.safetensors"
METRICS = f"metrics/random/tiny/{P}/train/seed-0.json"
IMAGES = "data/tiny/train/shard-0.safetensors"


def judge(run, **changes):
    experiment = run.experiment
    if changes:
        base = {"preset": "tiny", "evaluation": {"extractor": "random"}}
        experiment = read_experiment({**base, **changes})
    return Judge(run.files, run.held, experiment)


def findings(run, **changes):
    judging = judge(run, **changes)
    found = [judging.finding(path) for path in run.files]
    return {one.path: one for one in [*found, *judging.missing()] if one is not None}


def changed(run, path, key, **values):
    """The same file with other entries in one part of its manifest."""
    held = run.held[path]
    part = {**held.manifest[key], **values}
    run.held[path] = Held({**held.manifest, key: part}, held.checksum)


def test_what_is_as_the_configuration_makes_it_is_good(run):
    assert len(run.files) > 30
    assert findings(run) == {}


SEEDS = {"training": {"seeds": [0, 2]}}


def test_networks_of_every_training_seed_are_asked_for_and_of_no_other(run):
    other = made_up(read_experiment({"preset": "tiny", **SEEDS}))
    networks = [path for path in other.files if "-training2/" in path]
    assert any(path.startswith("checkpoints/") for path in networks)
    assert any(path.startswith("metrics/") for path in networks)
    assert findings(other, evaluation={"extractor": "classifier"}, **SEEDS) == {}
    left = findings(other, evaluation={"extractor": "classifier"})
    assert {left[path].what for path in networks} == {"left over"}
    assert "process advection_diffusion-pe0-training2 is not in the configuration" in {
        left[path].words for path in networks
    }


def test_so_is_all_that_is_made_by_name():
    pictures = [f"figures/{name}.png" for name in FIGURES]
    pictures += [f"films/{name}.gif" for name in FILMS]
    tables = ["table1.csv", "study.csv", "steps.csv", "deltas.csv", "alignment.csv",
              "study_amplitude.csv", "mean_colours.csv"]  # fmt: skip
    lists = ["data/tiny/train", f"corruption/tiny/{P}", f"terminal/tiny/{P}/train"]
    named = [*pictures, *tables, *(f"{place}/shards.json" for place in lists)]
    patterns = set()
    for extractor in ("classifier", "self-supervised"):
        values = {"preset": "tiny", "study": {"deltas": [0.02, "auto"]}}
        values["evaluation"] = {"extractor": extractor}
        run = made_up(read_experiment(values), named)
        patterns |= {file.kind.pattern for file in run.files.values()}
        assert findings(run) == {}
    assert patterns >= {k.pattern for k in STAGES}


@pytest.mark.parametrize(
    ("path", "trait", "value"),
    [
        (WEIGHTS, "process", Q),
        (SAMPLES, "seed", 1),
        (SAMPLES, "prior", "held_out"),
        (FEATURES, "extractor", "inception"),
        (IMAGES, "split", "held_out"),
        (IMAGES, "shard", 1),
        (METRICS, "dataset", "digits"),
    ],
)
def test_a_file_of_another_place_is_foreign_and_both_places_are_named(run, path, trait, value):
    wanted = run.held[path].manifest["traits"][trait]
    changed(run, path, "traits", **{trait: value})
    found = findings(run)[path]
    assert (found.what, found.key) == ("foreign", f"traits.{trait}")
    assert (found.wanted, found.found) == (wanted, value)
    assert str(value) in found.words and str(wanted) in found.words


def test_a_file_that_says_nothing_of_itself_is_foreign(run):
    held = run.held[SAMPLES]
    run.held[SAMPLES] = Held({**held.manifest, "traits": {}}, held.checksum)
    assert findings(run)[SAMPLES].what == "foreign"


def test_the_first_setting_that_differs_is_named_with_both_values(run):
    found = findings(run, sampling={"n_samples": 12})[SAMPLES]
    assert (found.what, found.key, found.wanted, found.found) == (
        "stale", "sampling.n_samples", 12, 24,
    )  # fmt: skip


def test_what_is_made_from_a_stale_file_is_stale_whatever_its_settings(run):
    found = findings(run, levels={"sigma_max": 3.0})
    for path in (WEIGHTS, SAMPLES, FEATURES, METRICS, "table1.csv", "figures/samples.png"):
        assert found[path].what == "stale", path
    assert IMAGES not in found


def test_settings_that_no_number_depends_on_make_nothing_stale(run):
    free = {"checkpoint_every": 77, "watch_every": 5, "devices": 2}
    assert findings(run, training=free, corruption={"threads": 3}) == {}


def test_a_precision_left_to_the_machine_is_what_the_machine_took(run):
    held = run.held[WEIGHTS]
    training = {**held.manifest["spec"]["training"], "precision": "bfloat16"}
    changed(run, WEIGHTS, "spec", training=training)
    assert findings(run, training={"precision": "auto"}).get(WEIGHTS) is None
    assert findings(run, training={"precision": "float32"})[WEIGHTS].key == "training.precision"
    changed(run, WEIGHTS, "spec", training={**training, "compile": True})
    left = {"precision": "auto", "compile": "auto"}
    assert findings(run, training=left).get(WEIGHTS) is None
    compiled = findings(run, training={**left, "compile": False})[WEIGHTS]
    assert compiled.key == "training.compile"


@pytest.mark.parametrize("spec", [None, 3, [], {"training": None}])
def test_settings_of_another_form_are_other_settings(run, spec):
    held = run.held[WEIGHTS]
    run.held[WEIGHTS] = Held({**held.manifest, "spec": spec}, held.checksum)
    assert findings(run, training={"precision": "auto"})[WEIGHTS].what == "stale"


def test_other_inputs_than_there_are_now_make_a_file_stale(run):
    run.held[SAMPLES] = Held(run.held[SAMPLES].manifest, "other samples")
    found = findings(run)
    assert found[FEATURES].key == "inputs.images" and SAMPLES in found[FEATURES].words
    assert found[METRICS].what == "stale"
    assert SAMPLES not in found


def test_what_a_foreign_file_took_the_place_of_is_not_held_against_others(run):
    """Samples of another seed were copied over these; what was made from these is right."""
    changed(run, SAMPLES, "traits", seed=1)
    run.held[SAMPLES] = Held(run.held[SAMPLES].manifest, "samples of seed 1")
    assert set(findings(run)) == {SAMPLES}


def test_what_was_made_from_a_foreign_file_is_stale(run):
    changed(run, SAMPLES, "traits", seed=1)
    found = findings(run)
    assert found[SAMPLES].what == "foreign"
    assert found[FEATURES].words == f"made from {SAMPLES}, which is foreign"


def test_a_damaged_input_is_said_once(run):
    run.held[SAMPLES] = ArtifactError(f"{SAMPLES} does not match its checksum: delete it and rerun")
    found = findings(run)
    assert {path: one.what for path, one in found.items()} == {SAMPLES: "damaged"}
    assert found[SAMPLES].words == f"{SAMPLES} does not match its checksum"


def test_an_input_that_is_gone_is_a_note_with_who_was_made_from_it(run):
    pairs = f"corruption/tiny/{P}/shard-0.safetensors"
    del run.files[pairs], run.held[pairs]
    found = findings(run)
    assert {path: one.what for path, one in found.items()} == {pairs: "missing"}
    assert WEIGHTS in found[pairs].words


def test_images_of_another_preparation_are_stale(run):
    """The user's files have changed, and one shard is of those before."""
    for path, held in list(run.held.items()):
        if "traits" in held.manifest:
            changed(run, path, "traits", images="a" * 64)
    other = "data/tiny/train/shard-1.safetensors"
    changed(run, other, "traits", images="b" * 64)
    found = findings(run)
    assert found[other].what == "stale" and "aaaaaaaaaaaa" in found[other].words


def test_features_by_other_weights_than_those_of_the_real_images_are_stale(run):
    for path in list(run.held):
        if path.startswith("features/"):
            changed(run, path, "traits", weights="a" * 64, resize="none")
    changed(run, FEATURES, "traits", weights="b" * 64)
    assert findings(run)[FEATURES].key == "traits.weights"
    changed(run, FEATURES, "traits", weights="a" * 64, resize="other")
    assert findings(run)[FEATURES].key == "traits.resize"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sampling": {"seeds": [1, 2]}}, "seed 0 is not in the configuration"),
        ({"evaluation": {"extractor": "inception"}}, "extractor random is not in the"),
        ({"processes": [{"kind": "ddpm"}]}, f"process {P} is not in the configuration"),
        ({"sampling": {"priors": ["held_out"]}}, "is not sampled from prior train"),
    ],
)
def test_results_that_the_configuration_does_not_name_are_left_over(run, changes, words):
    found = findings(run, **changes)[METRICS]
    assert found.what == "left over" and words in found.words


def test_terminal_states_of_a_split_that_no_prior_is_made_of_are_left_over(run):
    found = findings(run, sampling={"priors": ["held_out"]})
    assert found[f"terminal/tiny/{P}/train/shard-0.safetensors"].what == "left over"


def test_a_cache_that_streamed_training_makes_none_of_is_left_over(run):
    found = findings(run, training={"pairs": "streamed"})
    assert found[f"corruption/tiny/{P}/shard-0.safetensors"].what == "left over"


def test_errors_are_told_in_one_line_without_what_to_do():
    assert in_words(ArtifactError("a does\nnot fit: delete it and rerun")) == "a does not fit"
    assert in_words(KeyError("x")) == "cannot be read (KeyError)"


@pytest.mark.parametrize("wrapped", [False, True])
def test_where_the_system_refuses_deleting_is_no_way_out(run, wrapped):
    refusal = PermissionError(13, "Permission denied", SAMPLES)
    error = ArtifactError("is truncated")
    error.__cause__ = refusal
    run.held[SAMPLES] = error if wrapped else refusal
    found = findings(run)[SAMPLES]
    assert (found.words, found.way_out) == ("cannot be read: Permission denied", "make it readable")

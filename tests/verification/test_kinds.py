"""Which kind of result a path is of, and what is known of every kind."""

from beyond_blur.config import read_experiment
from beyond_blur.rendering.figures import FIGURES, INPUTS
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.verification.gathered import OF_FIGURES
from beyond_blur.verification.kinds import match
from beyond_blur.verification.registry import KINDS
from beyond_blur.verification.specs import LABELS


def test_every_kind_of_input_has_its_files_and_labels_are_of_such_kinds():
    assert set(OF_FIGURES) == set(INPUTS)
    assert set(LABELS) <= set(INPUTS)


def test_every_figure_is_a_result():
    experiment = read_experiment({"preset": "tiny"})
    for name in FIGURES:
        for ending in ("png", "pdf"):
            kind, wildcards = match(KINDS, f"figures/{name}.{ending}")
            assert kind.name == "figure"
            assert set(kind.inputs(experiment, wildcards)) <= {"inputs"}, "as the verb calls them"


def test_every_film_is_a_result():
    experiment = read_experiment({"preset": "tiny"})
    for name in FILMS:
        for ending in ("gif", "mp4"):
            kind, wildcards = match(KINDS, f"films/{name}.{ending}")
            assert kind.name == "film"
            (files,) = kind.inputs(experiment, wildcards).values()
            labels = kind.spec(experiment, wildcards)["labels"]
            assert len(files) == len(labels) == 2
            assert {match(KINDS, path)[0].name for path in files} <= {"trajectory", "exploration"}


def test_a_path_is_of_one_kind_and_its_numbers_are_written_in_one_way():
    path = "samples/d/p/train/seed-{}.safetensors"
    assert [kind.name for kind in KINDS if kind.wildcards(path.format(10)) is not None] == [
        "samples"
    ]
    for number in ("00", "01", "-1", "1.0", ""):
        assert match(KINDS, path.format(number)) is None


def test_names_in_paths_are_taken_as_they_are():
    """Names are the user's: what means something in a regular expression means itself here."""
    path = "data/a.b*[c] (d)'é\n/train/shard-0.safetensors"
    kind, wildcards = match(KINDS, path)
    assert (kind.name, wildcards["dataset"]) == ("images", "a.b*[c] (d)'é\n")

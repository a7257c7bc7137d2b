"""Presets inherit; each carries the papers' four methods; smoke makes any of them small."""

import pytest

from beyond_blur.config import ConfigError, load_experiment, load_preset, preset_names
from beyond_blur.config.preset_files import inherited
from beyond_blur.config.smoke import AT_MOST, BLUR, STEPS

PAPERS = ("mnist", "fashion_mnist", "cifar10", "afhq64", "afhq256", "ffhq128", "ffhq256",
          "lsun_church128")  # fmt: skip
METHODS = ["ddpm", "heat_dissipation", "blurring_diffusion", "advection_diffusion"]


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return tmp_path

    return write


def test_a_preset_changes_what_it_inherits(folder):
    place = folder(
        base="a: 1\nb: {c: 2, d: [1, 2]}\n", middle="inherits: base\nb: {c: 3}\n",
        mine="inherits: middle\nb: {d: [5]}\n",
    )  # fmt: skip
    assert inherited("mine", place) == {"a": 1, "b": {"c": 3, "d": [5]}}


def test_presets_that_inherit_each_other_or_nothing_are_named(folder):
    place = folder(a="inherits: b\n", b="inherits: a\n", c="inherits: nobody\n")
    with pytest.raises(ConfigError, match="a <- b <- a"):
        inherited("a", place)
    with pytest.raises(ConfigError, match=r"c\.yaml: inherits = nobody"):
        inherited("c", place)


def test_a_base_is_no_preset():
    assert "_papers" not in preset_names() and set(PAPERS) <= set(preset_names())
    with pytest.raises(ConfigError, match="preset = '_papers' is unknown"):
        load_preset("_papers")
    with pytest.raises(ConfigError, match="inherits"):
        load_experiment({"preset": "tiny", "inherits": "mnist"})


@pytest.mark.parametrize("name", [*PAPERS, "demo", "mnist5k"])
def test_every_preset_of_images_has_the_four_methods(name):
    kinds = [process.kind for process in load_experiment({"preset": name}).processes]
    assert list(dict.fromkeys(kinds)) == METHODS


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("mnist", (28, (1, 2, 2), 4, 100, 20.0, 128, 2e-4)),
        ("cifar10", (32, (1, 2, 2, 2), 4, 200, 24.0, 128, 2e-4)),
        ("afhq64", (64, (1, 2, 3, 4), 2, 200, 32.0, 128, 1e-4)),
        ("afhq256", (256, (1, 2, 3, 4, 5), 3, 200, 128.0, 32, 1e-4)),
        ("ffhq128", (128, (1, 2, 3, 4, 5), 3, 200, 128.0, 32, 2e-5)),
        ("ffhq256", (256, (1, 2, 3, 4, 5), 3, 200, 128.0, 32, 2e-5)),
        ("lsun_church128", (128, (1, 2, 3, 4, 5), 4, 400, 64.0, 32, 2e-5)),
    ],
)
def test_the_papers_settings_are_theirs(name, values):
    """IHDM's configs, and Beyond Blur's for ffhq128."""
    made = load_experiment({"preset": name})
    network, training = made.network, made.training
    assert values == (
        made.dataset.size, network.multipliers, network.blocks, made.levels.n_levels,
        made.levels.sigma_max, training.batch_size, training.learning_rate,
    )  # fmt: skip
    assert (network.channels, training.warmup, made.sampling.delta) == (128, 5000, 0.0125)


@pytest.mark.parametrize("name", preset_names())
def test_a_smoke_run_keeps_pixels_and_methods_and_nothing_large(name):
    whole, small = (load_experiment({"preset": name, "smoke": smoke}) for smoke in (False, True))
    for key in ("size", "channels", "kind", "split", "labels"):
        assert getattr(small.dataset, key) == getattr(whole.dataset, key)
    assert small.dataset.name == f"{whole.dataset.name}-smoke"
    for kind in {p.kind for p in whole.processes}:
        peclets, of_whole = (
            [p.flow_peclet for p in made.processes if p.kind == kind] for made in (small, whole)
        )
        assert peclets == (of_whole if len(of_whole) < 3 else [of_whole[0], of_whole[-1]])
    for section, of in AT_MOST.items():
        for key, most in of.items():
            assert getattr(getattr(small, section), key) <= most
    assert all((process.n_levels(small.levels) or 0) <= STEPS for process in small.processes)
    assert small.levels.sigma_max <= max(whole.dataset.size / BLUR, 4)
    assert not small.evaluation.extractor.startswith("inception"), "it may not be there"
    assert small.title == f"{name}, smoke run" and whole.title == name


def test_weights_of_the_full_runs_extractor_are_not_taken_for_the_stand_ins():
    weights = {"weights": "inception.pth", "nearest_k": 4}
    small = {"preset": "ffhq128", "smoke": True}
    made = load_experiment({**small, "evaluation": weights}).evaluation
    assert (made.weights, made.nearest_k, made.extractor) == (None, 4, "self-supervised")
    named = {**weights, "extractor": "inception"}
    assert load_experiment({**small, "evaluation": named}).evaluation.weights == "inception.pth"


def test_what_the_user_says_stays_in_a_smoke_run():
    mine = {"training": {"iterations": 77}, "dataset": {"name": "mine"}}
    made = load_experiment({"preset": "ffhq128", "smoke": True, **mine})
    assert made.training.iterations == 77 and made.dataset.name == "mine"
    with pytest.raises(ConfigError, match=r"smoke = .*true or false"):
        load_experiment({"preset": "tiny", "smoke": "yes please"})

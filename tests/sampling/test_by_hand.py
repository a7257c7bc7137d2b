"""A person samples from a network's folder and some pictures, without a job of the workflow."""

import numpy as np
import pytest
from PIL import Image

from beyond_blur import cli
from beyond_blur.config import rule_specs
from beyond_blur.data.image_sets import read_images
from beyond_blur.network import precision
from beyond_blur.storage import artifacts
from untrained_networks import EXPERIMENT, FLOW, sample_command, with_sampling


@pytest.fixture(scope="module")
def exported(folder, tmp_path_factory):
    """The networks, each in a folder of its own that knows the size of its images."""
    place = tmp_path_factory.mktemp("exported")
    for name in ("heat_dissipation", FLOW, "ddpm"):
        file = artifacts.load(folder / f"{name}.safetensors", "weights")
        facts = {"image_channels": 1, "image_size": 8, "steps": 9, "skipped": 0, "changes": []}
        artifacts.save(place / "weights.safetensors", file.arrays, kind="weights",
                       spec=file.manifest["spec"], traits=file.traits, **facts)  # fmt: skip
        weights, out = str(place / "weights.safetensors"), str(place / name)
        cli.main(["export", "--weights", weights, "--out", out])
    return place


def sample(exported, name, out, *options):
    command = ["sample", "--weights", exported / name, "--out", out, *options]
    cli.main(list(map(str, command)))


@pytest.mark.parametrize("name", ["heat_dissipation", FLOW, "ddpm"])
def test_pictures_become_samples_a_grid_and_one_line(exported, folder, tmp_path, capsys, name):
    out = tmp_path / "drawn"
    pictures = [] if name == "ddpm" else ["--images", folder / "png"]
    sample(exported, name, out, *pictures, "--n", 5, "--steps", 2, "--seed", 3)
    start = "from noise" if name == "ddpm" else f"from {folder}/png"
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(f"wrote {out} (5 samples of ") and f"2 network calls, {start})" in line
    assert {path.name for path in out.iterdir()} == {"samples.safetensors", "grid.png", "images"}
    file = artifacts.load(out / "samples.safetensors", "samples")
    np.testing.assert_array_equal(read_images(out / "images"), file.arrays["samples"])
    np.testing.assert_array_equal(read_images(out), file.arrays["samples"], "measured as they are")
    assert Image.open(out / "grid.png").size == (28, 18)
    assert file.manifest["spec"]["seed"] == file.traits["seed"] == 3
    assert (
        file.manifest["inputs"]["weights"]
        == artifacts.read_manifest(exported / name / "model.safetensors")["checksum"]
    )


def test_they_are_the_samples_of_the_workflow(exported, folder, tmp_path):
    job = with_sampling(rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation"), n_samples=6,
                        batch_size=256, delta=0.0125)  # fmt: skip
    cli.main(sample_command(folder, tmp_path / "theirs.safetensors", job, seed=3))
    sample(exported, "heat_dissipation", tmp_path / "ours.safetensors", "--n", 6, "--seed", 3,
           "--images", folder / "png")  # fmt: skip
    theirs, ours = (
        artifacts.load(tmp_path / f"{name}.safetensors", "samples") for name in ("theirs", "ours")
    )
    for name, values in theirs.arrays.items():
        np.testing.assert_array_equal(ours.arrays[name], values)
    assert (tmp_path / "ours.png").exists() and not (tmp_path / "images").exists()


def test_pictures_are_corrupted_to_the_states_of_the_workflow(exported, folder, tmp_path):
    """For a flow: the rule's terminal states and ours of the same images are the same bits."""
    spec = rule_specs.to_json(rule_specs.terminal_spec(EXPERIMENT, FLOW, "held_out"))
    shard = tmp_path / "terminal.safetensors"
    images = folder / "images.safetensors"
    cli.main(["terminal_states", "--spec", spec, "--images", str(images), "--out", str(shard)])
    for name, start in (("a", ["--prior", shard]), ("b", ["--images", folder / "images.npz"]),
                        ("c", ["--images", images])):  # fmt: skip
        sample(exported, FLOW, tmp_path / f"{name}.safetensors", *start, "--n", 7)
    drawn = [artifacts.load(tmp_path / f"{name}.safetensors", "samples") for name in "abc"]
    for name, values in drawn[0].arrays.items():
        assert all(np.array_equal(one.arrays[name], values) for one in drawn[1:]), name


def test_explore_takes_the_folder_and_pictures_too(exported, folder, tmp_path):
    for name in (FLOW, "ddpm"):
        prior = [] if name == "ddpm" else ["--prior", folder / "png"]
        command = ["explore", "--weights", exported / name, *prior, "--n", 2, "--interpolate", 3,
                   "--save", tmp_path / name]  # fmt: skip
        cli.main(list(map(str, command)))
        images = artifacts.load(tmp_path / name, "exploration").arrays["images"]
        assert images.shape == (2, 3, 1, 8, 8)


def test_a_finished_folder_is_not_written_over(exported, tmp_path, capsys):
    sample(exported, "ddpm", tmp_path / "drawn", "--n", 1)
    with pytest.raises(SystemExit):
        sample(exported, "ddpm", tmp_path / "drawn", "--n", 1)
    ours = ", ".join(f"{tmp_path}/drawn/{x}" for x in ("samples.safetensors", "grid.png", "images"))
    assert f"already: name another place, or delete {ours} first\n" in capsys.readouterr().err


@pytest.mark.parametrize("wanted", ["tf32", "bfloat16", "auto"])
def test_a_format_that_the_device_has_not_is_said_in_one_line(
    exported, folder, tmp_path, capsys, monkeypatch, wanted
):
    for name in ("multiplies_tf32", "multiplies_bfloat16"):
        monkeypatch.setattr(precision, name, lambda device: False)
    sample(exported, "heat_dissipation", tmp_path / "a", "--n", 1, "--images", folder / "png",
           "--device", "cpu", "--precision", wanted)  # fmt: skip
    by_hand = capsys.readouterr().out
    job = with_sampling(rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation"), n_samples=1,
                        precision=wanted)  # fmt: skip
    cli.main(sample_command(folder, tmp_path / "b.safetensors", job))
    of_a_job = capsys.readouterr().out
    for said, asked in ((by_hand, "--precision"), (of_a_job, "sampling.precision =")):
        assert said.count(f"{asked} {wanted}, but this ") == (wanted != "auto")


LARGER = np.zeros((3, 16, 16), np.uint8)

REFUSED = [
    ("heat_dissipation", [], "heat_dissipation starts from images: give --images, pictures like"),
    (FLOW, [], f"{FLOW} starts from images: give --images"),
    ("heat_dissipation", ["--images", "{}/larger.npz"], "give --size 8 to bring them to that"),
    (FLOW, ["--images", "{}/larger.npz"], "16 x 16 pixels and the network was trained on 8 x 8"),
    (FLOW, ["--images", "{}/colour.npz"], "has 3 channels and the network 1"),
    ("ddpm", ["--images", "{}/nowhere"], "nowhere does not exist"),
    ("ddpm", ["--images", "a", "--prior", "b"], "give one of them"),
    ("ddpm", ["--n", 0], "--n 0: at least one sample"),
    ("ddpm", ["--batch-size", 0], "--batch-size 0: at least 1"),
    ("ddpm", ["--delta", 0.1], "--delta has no effect on ddpm"),
    ("ddpm", ["--delta-spectrum", 1], "--delta-spectrum has no effect on ddpm"),
    ("ddpm", ["--steps", 99], "sampling.steps = 99: this process has 6 levels"),
    ("ddpm", ["--device", "cuda"], "--device = cuda, but torch sees no CUDA device"),
    ("ddpm", ["--spec", "{{}}", "--n", 3], "--n with --spec: a job of the workflow comes with"),
    ("ddpm", ["--spec", "{{}}"], "no --prior with --spec"),
    ("nothing", [], "nothing does not exist"),
    ("", [], "holds no model.safetensors"),
]


@pytest.mark.parametrize(("name", "options", "said"), REFUSED)
def test_what_cannot_be_sampled_is_one_line_and_writes_nothing(
    exported, tmp_path, capsys, name, options, said
):
    np.savez(tmp_path / "larger.npz", images=LARGER)
    np.savez(tmp_path / "colour.npz", images=np.zeros((3, 3, 8, 8), np.uint8))
    with pytest.raises(SystemExit):
        sample(exported, name, tmp_path / "out", *(str(one).format(tmp_path) for one in options))
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1, error
    assert not list(tmp_path.rglob("*.png")) and not (tmp_path / "out/samples.safetensors").exists()


def test_pictures_of_another_size_are_brought_to_the_networks(exported, tmp_path):
    np.savez(tmp_path / "larger.npz", images=LARGER)
    Image.fromarray(LARGER[0]).save(tmp_path / "one.png")
    shard = {"images": LARGER[:, None], "index": np.arange(3)}
    artifacts.save(tmp_path / "shard.safetensors", shard, kind="images", spec={})
    for name in ("larger.npz", "one.png", "shard.safetensors"):
        out = tmp_path / f"{name}.safetensors"
        sample(exported, FLOW, out, "--images", tmp_path / name, "--size", 8, "--n", 2)
        assert artifacts.load(out, "samples").arrays["samples"].shape == (2, 1, 8, 8)

"""A newcomer's verbs: pictures of one image, of its flow, and the study of the two schemes."""

import shutil

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from beyond_blur import cli
from beyond_blur.cli import first_look
from beyond_blur.cli.option_names import in_options
from beyond_blur.config import Corruption, Levels, Velocity
from beyond_blur.corruption import pairs, states
from beyond_blur.data import photograph
from beyond_blur.lbm import reference, scheme_theory
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import omega
from beyond_blur.rendering import corruption_pictures, flow_pictures, schemes

QUICK = ["--size", "24", "--sigma-max", "3", "--levels", "6"]


@pytest.fixture
def photo(tmp_path):
    """A colour image file, 60 x 40 pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, 3), np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).resize((60, 40), Image.Resampling.BICUBIC).save(path)
    return path


def corrupt(*arguments):
    cli.main(["corrupt", *map(str, arguments), *QUICK])


def refused(capsys, *arguments):
    """What the verb says where it refuses; one line."""
    with pytest.raises(SystemExit) as stop:
        cli.main(["corrupt", *map(str, arguments)])
    assert stop.value.code == 1
    *before, line = capsys.readouterr().err.splitlines()
    assert line.startswith("beyond_blur corrupt: error: ")
    assert all(said.startswith("corruption.backend 'auto': ") for said in before)
    return line


# --- the verb -------------------------------------------------------------------------------------


def test_one_call_writes_strip_animation_and_flow_and_says_so(photo, tmp_path, capsys):
    names = {name: tmp_path / name for name in ("s.png", "s.pdf", "a.gif", "v.png")}
    corrupt(photo, "--out", names["s.png"], "--out", names["s.pdf"], "--out", names["a.gif"],
            "--flow", names["v.png"], "--n", 4)  # fmt: skip
    said = capsys.readouterr().out
    assert "image: photo.png, 24 x 16 px, colour" in said
    assert said.index("lattice steps") < said.index("wrote")
    assert f"wrote {names['s.png']} (4 of levels 0 to 6)" in said
    assert f"wrote {names['a.gif']} (4 frames, levels 0 to 6)" in said
    assert f"wrote {names['v.png']} (the flow at " in said
    assert names["s.pdf"].read_bytes().startswith(b"%PDF")
    for name in ("s.png", "v.png"):
        with Image.open(names[name]) as written:
            assert np.asarray(written.convert("L")).std() > 10


def test_the_animation_shows_the_states_of_the_solver(photo, tmp_path):
    path = tmp_path / "a.gif"
    Image.open(photo).convert("L").save(photo)  # a frame holds 256 colours: all greys there are
    corrupt(photo, "--out", path, "--n", 3, "--seed", 5, "--divergence-free", "--peclet", 0.4)
    image = photograph.read_photograph(str(photo), 24)
    widths = tuple(blur_widths(Levels(n_levels=6, sigma_max=3.0)))
    trajectory = Trajectory(widths, 0.4, Velocity(divergence_free=True))
    seeds = pairs.flow_seeds(5, np.array([0]), 0)
    expected = states.corrupt(image[None], trajectory, seeds, np.array([[0, 3, 6]]))[0]
    with Image.open(path) as film:
        assert film.n_frames == 3 and film.info["loop"] == 0
        assert film.size == (24 * 5, 16 * 5), "small images are enlarged, every pixel to a square"
        for i, state in enumerate(expected):
            film.seek(i)
            shown = np.asarray(film.convert("RGB"), float).transpose(2, 0, 1)[:, ::5, ::5] / 255
            assert np.abs(shown - np.clip(state, 0, 1)).max() < 0.51 / 255


@pytest.mark.parametrize("name", ["s.png", "a.gif", "v.pdf"])
def test_the_same_seed_is_the_same_file_and_another_is_not(photo, tmp_path, name):
    option = "--flow" if name.startswith("v") else "--out"
    written = []
    for seed in (1, 1, 2):
        corrupt(photo, option, tmp_path / name, "--seed", seed, "--peclet", 0.45)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1] != written[2]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_an_mp4_is_written_where_ffmpeg_is(photo, tmp_path):
    corrupt(photo, "--out", tmp_path / "film.mp4", "--n", 5)
    assert (tmp_path / "film.mp4").read_bytes()[4:8] == b"ftyp"


def test_without_ffmpeg_an_mp4_is_refused_and_a_gif_is_named(photo, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    line = refused(capsys, photo, "--out", tmp_path / "film.mp4")
    assert "ffmpeg" in line and f"write --out {tmp_path / 'film.gif'}" in line
    assert not (tmp_path / "film.mp4").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nothing to write: give --out strip.png"),
        (["--out", "a.bmp"], "--out a.bmp ends with none of .png, .pdf, .gif, .mp4: rename it"),
        (["--flow", "v.gif"], "--flow v.gif ends with none of .png, .pdf: rename it"),
        (["--flow", "v.png", "--peclet", "0"], "--peclet 0 has no flow to draw"),
        (["--out", "a.png", "--peclet", "-1"], "--peclet -1 is not a number from 0 up"),
        (["--out", "a.png", "--peclet", "nan"], "--peclet nan is not a number from 0 up"),
        (["--out", "a.png", "--peclet", "99"],
         "error: --peclet 99 needs an rms speed of 0.129 cells per step at 128 pixels, over a "
         "third of --speed-limit 0.01, which would bend the flow; lower --peclet to 2.56"),
        (["--out", "a.png", "--peclet", "3"],
         "lower --peclet to 2.56 or raise --speed-limit to 0.0118"),
        (["--out", "a.png", "--peclet", "70", "--speed-limit", "0.3"],
         "a weight would turn negative; lower --peclet to 42.6"),
        (["--out", "a.png", "--size", "5000"], "--size 5000 is outside its range 8 to 1024"),
        (["--out", "a.png", "--levels", "0"], "--levels 0 is outside its range 1 to 10000"),
        (["--out", "a.png", "--n", "1"], "--n 1 is outside its range 2 to 1000"),
        (["--out", "a.png", "--sigma-max", "0.3"], "--sigma-max 0.3 is outside its range"),
        (["--out", "a.png", "--speed-limit", "2"], "--speed-limit 2 is outside its range"),
        (["--out", "a.png", "--seed", "-4"], "--seed -4 is outside its range 0 to"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(arguments, says, photo, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert says in refused(capsys, photo, *arguments)
    assert list(tmp_path.iterdir()) == [photo]


def test_options_that_errors_name_exist_and_stand_for_keys_of_the_config():
    assert set(first_look.TYPED.values()) <= {
        option.name for option in cli.VERBS["corrupt"].options
    }
    sections = {"velocity": Velocity, "levels": Levels, "corruption": Corruption}
    for key in set(first_look.TYPED) - {"peclet"}:
        section, name = key.split(".")
        assert hasattr(sections[section](), name)


def test_only_whole_keys_become_options():
    options = {"peclet": "--peclet", "velocity.flow": "--kind"}
    with (
        pytest.raises(ValueError, match=r"^--peclet 3 of peclets.png: velocity.flows, --kind\.$"),
        in_options(options),
    ):
        raise ValueError("peclet 3 of peclets.png: velocity.flows, velocity.flow.")


def test_files_that_are_no_images_are_refused_by_name(tmp_path, capsys):
    missing, text = tmp_path / "missing.png", tmp_path / "text.jpg"
    text.write_text("hello")
    assert f"{missing} is not a file" in refused(capsys, missing, "--out", tmp_path / "a.png")
    assert f"{text} cannot be read as an image" in refused(
        capsys, text, "--out", tmp_path / "a.png"
    )


def test_a_place_that_cannot_be_written_is_named(photo, capsys):
    line = refused(capsys, photo, "--out", photo / "a.png", *QUICK)
    assert f"{photo / 'a.png'} cannot be written" in line


# --- reading --------------------------------------------------------------------------------------


def test_the_longer_side_gets_the_size_and_the_shape_is_kept(photo):
    assert photograph.read_photograph(str(photo), 30).shape == (3, 20, 30)
    assert photograph.read_photograph(str(photo), 120).shape == (3, 80, 120)
    assert photograph.read_photograph(None, 64).shape == (3, 43, 64), "a sample photograph"


def half_and_half(mode, dark, bright, tmp_path, suffix=".png"):
    """A file whose left half is dark and whose right half is bright, as it is read: (c, 8, 16)."""
    image = Image.new(mode, (16, 8), dark)
    image.paste(bright, (8, 0, 16, 8))
    path = tmp_path / f"image{suffix}"
    image.save(path)
    return photograph.read_photograph(str(path), 16)


@pytest.mark.parametrize(
    ("mode", "dark", "bright", "suffix", "channels"),
    [
        ("L", 51, 255, ".png", 1),
        ("1", 0, 1, ".png", 1),
        ("RGB", (51, 51, 51), (255, 255, 255), ".png", 3),
        ("RGBA", (51, 51, 51, 255), (0, 0, 0, 0), ".png", 3),  # transparent is white
        ("LA", (51, 255), (0, 0), ".png", 1),
        ("CMYK", (0, 0, 0, 204), (0, 0, 0, 0), ".tif", 3),
        ("I;16", 13107, 65535, ".png", 1),
        ("F", 0.2, 1.0, ".tif", 1),
    ],
)
def test_any_mode_of_image_is_read(mode, dark, bright, suffix, channels, tmp_path):
    image = half_and_half(mode, dark, bright, tmp_path, suffix)
    assert image.shape == (channels, 8, 16) and image.dtype == np.float32
    expected = 0.0 if mode == "1" else 0.2
    np.testing.assert_allclose(image[..., :6], expected, atol=0.003)
    np.testing.assert_allclose(image[..., 10:], 1, atol=0.003)


def test_a_photograph_is_turned_the_way_the_camera_was_held(tmp_path):
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x0112] = 6  # turn by a quarter
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert photograph.read_photograph(str(tmp_path / "turned.jpg"), 40).shape == (3, 40, 20)


# --- levels, colours, arrows ----------------------------------------------------------------------


def test_levels_shown_are_even_and_reach_from_the_clean_image_to_the_last():
    assert corruption_pictures.levels_shown(200, 3).tolist() == [0, 100, 200]
    assert corruption_pictures.levels_shown(2, 50).tolist() == [0, 1, 2]


def test_share_outside_counts_what_pictures_cut():
    states = np.full((2, 1, 4, 5), 0.5)
    states[1, 0, 0, :2] = 1.1, -0.2
    states[1, 0, 1] = 1 + 1e-7  # rounding is not counted
    np.testing.assert_allclose(corruption_pictures.share_outside(states), [0, 0.1])


def test_hue_is_direction_and_saturation_is_speed():
    right, down, left, up = np.moveaxis(
        flow_pictures.velocity_colours(np.array([[[2.0, 0, -2, 0]], [[0.0, 2, 0, -2]]]), 2.0)[0],
        0,
        0,
    )
    hues = np.array([right, down, left, up])
    np.testing.assert_allclose(hues.max(1), 0.88)
    assert right.argmax() == 0 and np.ptp(right[1:]) < 1e-12, "red is to the right"
    np.testing.assert_allclose(right + left, 0.88, atol=1e-12)  # opposite directions, opposite hues
    np.testing.assert_allclose(down + up, 0.88, atol=1e-12)
    still = flow_pictures.velocity_colours(np.zeros((2, 3, 4)), 1.0)
    np.testing.assert_array_equal(still, 1), "white is at rest"
    slow, fast = flow_pictures.velocity_colours(np.array([[[0.1, 0.5]], [[0.0, 0.0]]]), 1.0)[0]
    assert np.ptp(slow) < np.ptp(fast)


def test_arrows_point_where_the_flow_goes_on_the_drawn_image():
    field = np.zeros((2, 20, 30))
    field[1] = 1e-3  # down
    moment = flow_pictures.Moment(field, 1e-3, np.zeros((1, 20, 30)), "down")
    axes = Figure().subplots()
    flow_pictures.draw_arrows(axes, moment, 1.0)
    (quiver,) = axes.collections
    assert quiver.angles == "xy" and np.all(quiver.V > 0) and np.all(quiver.U == 0)
    bottom, top = axes.get_ylim()
    assert bottom > top, "y grows downwards, as rows do"


def test_the_flow_is_drawn_at_several_levels_and_once_where_it_stands_still():
    widths = tuple(blur_widths(Levels(n_levels=20, sigma_max=8.0)))

    def levels(**velocity):
        image = np.zeros((1, 16, 16), np.float32)
        run = first_look.Run(image, "", Trajectory(widths, 0.1, Velocity(**velocity)), 0)
        return first_look.flow_levels(run).tolist()

    moving = levels()
    assert moving[0] == 0 and moving[-1] == 20 and len(moving) == 3
    assert levels(phase_step=0.0) == levels(flow="vortex") == levels(flow="stream") == [0]


def test_titles_name_the_flow():
    def title(peclet, **velocity):
        image = np.zeros((1, 8, 8), np.float32)
        trajectory = Trajectory((0.0, 1.0), peclet, Velocity(**velocity))
        return first_look.Run(image, "a.png", trajectory, 0).title

    assert title(0.0) == "a.png: Pe = 0, no flow"
    assert title(0.1) == "a.png: Pe = 0.1, compressible flow"
    assert title(0.1, divergence_free=True) == "a.png: Pe = 0.1, divergence-free flow"
    assert title(0.1, flow="vortex") == "a.png: Pe = 0.1, one vortex"


# --- the figures of the docs ----------------------------------------------------------------------


def test_peclet_and_fourier_number_make_the_picture_whatever_its_size(monkeypatch):
    """Half the pixels, the same picture: up to the grid's order, which halving it again shows."""
    monkeypatch.setattr(first_look, "GRID_SIZES", (32, 64))
    monkeypatch.setattr(first_look, "GRID_SHARES", (1 / 8,))
    still, moved = (
        [first_look.grid_states(None, size, peclet, False, 0)[0] for size in (32, 64)]
        for peclet in (0.0, 0.5)
    )
    change = [m - s for m, s in zip(moved, still, strict=True)]
    fine = change[1].reshape(3, 32, 2, 32, 2).mean((2, 4))
    assert np.corrcoef(change[0].ravel(), fine.ravel())[0, 1] > 0.97


def test_the_verbs_of_the_docs_write_their_figures(tmp_path, monkeypatch, photo, capsys):
    monkeypatch.setattr(first_look, "GRID_SIZES", (52, 56))
    for verb, arguments in (("peclets", [str(photo)]), ("schemes", [])):
        files = [str(tmp_path / f"{verb}.{kind}") for kind in ("png", "pdf")]
        cli.main([verb, *arguments, "--png", files[0], "--pdf", files[1]])
        with Image.open(files[0]) as written:
            assert np.asarray(written.convert("L")).std() > 10
    assert "divergence-free, 56 px, Pe = 1: " in capsys.readouterr().out


# --- the two schemes ------------------------------------------------------------------------------


def run_general(phi, alpha, walls="periodic"):
    """States (n, h, w) of the central-moment scheme of the reference, one for each alpha."""
    still = np.zeros((2, *phi.shape))
    f = reference.equilibrium(phi, still)
    states = []
    for a in alpha:
        f = reference.central_moment_step(f, still, omega(a), walls)
        states.append(f.sum((0, 1)))
    return np.array(states)


def test_the_schemes_coincide_at_one_sixth():
    p = np.linspace(0, np.pi, 200)
    general, memoryless = (f(1 / 6, p) for f in (scheme_theory.general_factor,
                                                 scheme_theory.memoryless_factor))  # fmt: skip
    np.testing.assert_allclose(general, memoryless, atol=1e-12)
    n = np.arange(1, 31)
    np.testing.assert_allclose(
        scheme_theory.general_variance(np.full(30, 1 / 6)), n / 3, atol=1e-12
    )


@pytest.mark.parametrize("alpha", [1 / 50, 1 / 12, 1 / 6, 0.4])
def test_the_first_step_spreads_by_a_third_and_the_excess_follows_the_law(alpha):
    n, r = np.arange(1, 26), 1 - omega(alpha)
    law = 2 * alpha * n - 2 / 3 * r * (1 - r**n) / (1 - r) ** 2
    variance = scheme_theory.general_variance(np.full(25, alpha))
    assert variance[0] == pytest.approx(1 / 3)
    np.testing.assert_allclose(variance, law, atol=1e-12)


def test_variances_are_those_of_the_reference_also_where_alpha_changes():
    alpha = np.random.default_rng(0).uniform(0.005, 1 / 6, 12)
    point = np.zeros((27, 27))
    point[13, 13] = 1
    along = (np.arange(27) - 13.0) ** 2
    measured = [(state @ along).sum() for state in run_general(point, alpha)]
    np.testing.assert_allclose(scheme_theory.general_variance(alpha), measured, atol=1e-12)


def test_reached_widths_are_read_at_the_ends_of_levels():
    schedule = LatticeSchedule.from_blur_widths(np.array([0, 0.5, 0.6, 1.5]))
    steps = schedule.n_lbm_steps
    assert steps.max() > 1
    variance = scheme_theory.general_variance(np.repeat(schedule.alpha, steps))
    reached = schemes.reached_widths(schedule)
    assert reached[0] ** 2 == pytest.approx(1 / 3)
    np.testing.assert_allclose(reached**2, variance[np.cumsum(steps)[1:] - 1])


@pytest.mark.parametrize("alpha", [1 / 50, 1 / 12, 1 / 6, 0.3])
@pytest.mark.parametrize("waves", [1, 5, 9, 12])
def test_a_wave_decays_in_the_reference_by_the_factors(alpha, waves):
    """The general scheme has two modes, whose factors are the roots of one polynomial."""
    n = 24
    p = 2 * np.pi * waves / n
    wave = np.tile(np.cos(p * np.arange(n)), (2, 1))
    left = (run_general(wave, [alpha] * 12) * wave).sum((1, 2)) / (wave**2).sum()
    first = scheme_theory.general_factor(alpha, np.array([p]))[0]
    second = (1 - omega(alpha)) * (1 + 2 * np.cos(p)) / 3 / first
    total, product = (first + second).real, (first * second).real
    np.testing.assert_allclose(left[2:], total * left[1:-1] - product * left[:-2], atol=1e-12)
    assert abs(first) >= abs(second) - 1e-12, "the slower one is meant"
    state = reference.memoryless_step(wave, np.zeros((2, 2, n)), alpha, "periodic")
    np.testing.assert_allclose(state, scheme_theory.memoryless_factor(alpha, p) * wave, atol=1e-12)


def test_decay_of_long_waves_is_the_heat_kernels_in_both_schemes():
    p = np.array([0.02])
    for alpha, _ in schemes.STUDIED:
        for factor in (scheme_theory.general_factor, scheme_theory.memoryless_factor):
            rate = -np.log(np.abs(factor(alpha, p))) / (alpha * p**2)
            assert rate[0] == pytest.approx(1, abs=2e-4)

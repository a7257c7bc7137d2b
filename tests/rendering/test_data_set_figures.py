"""What is drawn of a data set is what its facts and its contact sheet say."""

import numpy as np
import pytest

from beyond_blur.rendering import set_loading
from beyond_blur.rendering.contact_sheet import contact_sheet
from beyond_blur.rendering.data_set import data_set
from beyond_blur.rendering.given import Given
from beyond_blur.storage import artifacts, records
from beyond_blur.storage.atomic import ArtifactError


def facts(n_classes=3, channels=1):
    """Facts of a set of twelve images, a third more of them in training."""

    def split(n):
        counts = np.zeros((channels, 256), int)
        counts[:, 64] = n
        return {
            "images": n, "left_out": 2, "repeats": 1, "mean": [0.25] * channels,
            "std": [0.0] * channels, "histogram": counts.tolist(),
            "classes": {f"c{i}": n + i for i in range(n_classes)} or None,
            "spectrum": {"wavenumber": [1, 2, 3], "energy": [4.0, 2.0, 1.0], "images": n},
        }  # fmt: skip

    return {"shape": [channels, 8, 8], "resize": "box", "held_out_in_train": 5,
            "splits": {"train": split(9), "held_out": split(3)}}  # fmt: skip


def given(path, **traits):
    return Given([str(path)], traits=[traits] if traits else [])


def save_facts(path, content, **traits):
    records.save(path, content, kind="facts", spec={}, traits={"dataset": "bugs", **traits})
    return path


def test_the_figure_of_a_set_says_its_numbers(tmp_path):
    found = set_loading.facts(given(save_facts(tmp_path / "facts.json", facts()), dataset="bugs"))
    figure = data_set(found)
    text = figure.get_suptitle()
    assert "bugs: 9 training, 3 held out; 8 x 8 pixels, grey; resize: box" in text
    assert "4 unreadable left out" in text and "that are training images: 5" in text
    energy, values, classes = figure.axes
    assert [line.get_ydata().tolist() for line in energy.lines] == [[4, 2, 1]] * 2
    assert values.lines[0].get_xdata()[0] == 0.25
    assert [bar.get_width() for bar in classes.patches] == [9, 10, 11, 3, 4, 5]
    assert [tick.get_text() for tick in classes.get_yticklabels()] == ["c0", "c1", "c2"]


@pytest.mark.parametrize(("n_classes", "panels"), [(0, 2), (50, 3)])
def test_many_classes_are_a_curve_and_none_are_left_out(n_classes, panels):
    figure = data_set({**facts(n_classes, channels=3), "name": "bugs"})
    assert len(figure.axes) == panels
    assert len(figure.axes[1].lines) == 3, "a mean of every channel"
    if n_classes:
        assert figure.axes[2].lines[0].get_ydata().tolist() == [*range(58, 8, -1)]


def test_facts_that_lack_something_are_refused(tmp_path):
    whole = facts()
    del whole["splits"]["held_out"]["mean"]
    path = save_facts(tmp_path / "facts.json", whole)
    with pytest.raises(ArtifactError, match=r"facts\.json does not say the mean of a set"):
        set_loading.facts(given(path))
    with pytest.raises(ArtifactError, match="does not say the held_out of a set"):
        bare = {**facts(), "splits": {"train": facts()["splits"]["train"]}}
        set_loading.facts(given(save_facts(path, bare)))
    with pytest.raises(ArtifactError, match="is of the data set bugs, this job is of birds"):
        set_loading.facts(given(save_facts(path, facts()), dataset="birds"))


def save_sheet(path, labels, classes):
    arrays = {"images": np.arange(13 * 3 * 16, dtype=np.uint8).reshape(13, 3, 4, 4)}
    if labels:
        arrays["labels"] = np.array(labels)
    artifacts.save(path, arrays, kind="contact_sheet", spec={}, traits={"dataset": "bugs"},
                   classes=classes, of=1000)  # fmt: skip
    return given(path)


@pytest.mark.parametrize(
    ("labels", "classes", "written"),
    [
        ([0, 1] * 6 + [1], ["ant", "a very long name of a class"], ["ant", "a very lon…"]),
        ([0, 7] * 6 + [7], None, ["0", "7"]),
        ([], None, []),
    ],
)
def test_every_image_of_a_sheet_stands_over_its_class(tmp_path, labels, classes, written):
    sheet = set_loading.contact_sheet(save_sheet(tmp_path / "a.safetensors", labels, classes))
    (axes,) = contact_sheet(sheet).axes
    assert len(axes.images) == 13
    assert [text.get_text() for text in axes.texts[:2]] == written
    assert axes.get_title(loc="left") == ("bugs: 13 of 1,000 training images, 4 x 4 pixels, colour")
    shown = np.asarray(axes.images[12].get_array())
    np.testing.assert_allclose(shown, sheet.images[12].transpose(1, 2, 0))


def test_a_sheet_with_a_class_that_has_no_name_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="labels without a class"):
        set_loading.contact_sheet(save_sheet(tmp_path / "a.safetensors", [0, 2] * 6 + [1], ["a"]))

"""What is to be fetched is named once: where it lies and what it holds follow, before and after."""

import pytest

from beyond_blur.config import ConfigError, load_experiment, rule_specs
from beyond_blur.config.options import Published
from beyond_blur.config.published_sets import PUBLISHED, fetched_files
from beyond_blur.data import readers


def experiment(**dataset):
    values = {"preset": "tiny", "dataset": {"name": "x", "path": None, **dataset}}
    return load_experiment(values, readers.problems)


def test_the_configuration_names_the_published_sets():
    assert set(Published.__args__) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_set_to_be_fetched_needs_no_path_and_no_file_yet(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("beyond_blur.data.file_reader.importlib.util.find_spec", lambda name: True)
    dataset = experiment(kind=PUBLISHED[name].kind, fetch=name).dataset
    assert dataset.path.startswith(f"data/{name}")
    found = readers.content(dataset, pytest.fail)
    known = {file.sha256 for file in PUBLISHED[name].files}
    assert set(found.values()) <= known and found


def test_the_content_of_a_fetched_set_is_the_same_before_and_after(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dataset = experiment(kind="idx", fetch="mnist").dataset
    before = readers.content(dataset, pytest.fail)
    for path in fetched_files("mnist"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    sums = {file.name: file.sha256 for file in PUBLISHED["mnist"].files}
    assert list(readers.content(dataset, lambda path: sums[path.name]).items()) == list(
        before.items()
    )
    assert "fetch" not in rule_specs.lasting_dataset(dataset)


def test_a_fetched_set_is_read_by_its_own_kind_and_from_its_own_place():
    with pytest.raises(ConfigError) as refused:
        experiment(kind="npz", fetch="cifar10", path="mine.tar.gz")
    for words in ("dataset.kind = npz does not read", "use dataset.kind: cifar",
                  "dataset.path = mine.tar.gz is not where dataset.fetch = cifar10 puts it",
                  "dataset.path = mine.tar.gz does not exist"):  # fmt: skip
        assert words in str(refused.value)
    with pytest.raises(ConfigError, match="fetch"):
        experiment(kind="idx", fetch="imagenet")

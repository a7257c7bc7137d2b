import pytest

from beyond_blur.config import ConfigError
from beyond_blur.storage import workflow_files
from beyond_blur.verification import configuration


def test_files_are_laid_over_the_clones_own_one_by_one(tmp_path):
    (tmp_path / "a.yaml").write_text("preset: tiny\nevaluation: {nearest_k: 2}\n")
    (tmp_path / "b.yaml").write_text("evaluation: {extractor: random}\n")
    files = configuration.files([str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")])
    assert [path.name for path in files] == ["config.yaml", "a.yaml", "b.yaml"]
    experiment = configuration.read_files(files)
    assert experiment.dataset.name == "tiny"
    assert (experiment.evaluation.nearest_k, experiment.evaluation.extractor) == (2, "random")


def test_no_file_is_no_configuration(monkeypatch, tmp_path):
    monkeypatch.setattr(workflow_files, "PACKAGE", tmp_path / "src" / "beyond_blur")
    assert configuration.files([]) == []
    assert configuration.read_files([]) is None


def test_the_datasets_files_need_not_be_there(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("preset: ffhq128\ndataset: {path: /nowhere}\n")
    assert configuration.read_files([path]).dataset.path == "/nowhere"


@pytest.mark.parametrize("content", [b"a: [1", b"- 1", b"\xff\xfe\x00", None])
def test_a_file_that_is_no_configuration_is_refused_by_name(tmp_path, content):
    path = tmp_path / "c.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^--configfile .*c\.yaml:? .*$") as error:
        configuration.read_files([path])
    assert "\n" not in str(error.value)

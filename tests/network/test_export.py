"""A network in one folder: the same answers without this package, and no changed file unseen."""

import json
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from beyond_blur import cli
from beyond_blur.network import one_file
from beyond_blur.network.exported import CARD, CONFIG, MODEL, MODULE, weights_file
from beyond_blur.network.unet import UNet
from beyond_blur.network.weights import load_network
from beyond_blur.storage import artifacts, outputs
from beyond_blur.storage.atomic import ArtifactError
from small_runs import job_of
from trained_weights import make_weights

JOB = job_of()

WITHOUT_US = """
import sys
sys.modules["beyond_blur"] = None  # whoever imports it fails
sys.path.insert(0, sys.argv[1])
import torch
from unet import load
network = load(sys.argv[1])
x, k = torch.load(sys.argv[2])
with torch.inference_mode():
    y = network(x, k)
torch.save((y, sorted(name for name in sys.modules if "blur" in name)), sys.argv[2])
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return make_weights(tmp_path_factory.mktemp("trained") / "weights.safetensors")


@pytest.fixture
def folder(weights, tmp_path):
    cli.main(["export", "--weights", str(weights), "--out", str(tmp_path / "network")])
    return tmp_path / "network"


def test_a_program_without_this_package_gets_the_same_bits(weights, folder, tmp_path):
    x, k = torch.rand(3, 1, 7, 9), torch.tensor([1, 2, 4])
    torch.save((x, k), tmp_path / "x.pt")
    done = subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_US, str(folder), str(tmp_path / "x.pt")],
        capture_output=True, text=True, cwd="/",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer, ours = torch.load(tmp_path / "x.pt")
    assert ours == ["beyond_blur"], "the one that cannot be imported"
    network = UNet(JOB.network, 1)
    network.load_state_dict(load_file(weights))
    with torch.inference_mode():
        assert torch.equal(answer, network.eval()(x, k))


def test_the_folder_says_what_it_is(weights, folder):
    config, text = json.loads((folder / CONFIG).read_text()), (folder / CARD).read_text()
    spec = artifacts.read_manifest(weights)["spec"]
    assert {name: config[name] for name in spec} == spec
    assert (config["image_channels"], config["image_size"], config["steps"]) == (1, 8, 1200)
    assert config["traits"]["dataset"] == "digits" and config["inputs"] == {"source": "abc"}
    assert config["checksum"] == artifacts.read_manifest(weights)["checksum"]
    assert text.startswith("# Beyond Blur, Pe = 0.1, trained on digits\n")
    assert "1 channel, 8 x 8 pixels" in text and "1,200 steps of 8 images" in text
    assert "sample --weights FOLDER --images PICTURES" in text
    record = outputs.check(folder / MODEL)
    assert set(record["files"]) == {MODEL, CONFIG, MODULE, CARD}
    assert {path.name for path in folder.iterdir()} == {*record["files"], "model.manifest.json"}


def test_a_folder_is_loaded_wherever_it_lies_and_exported_again(weights, folder, tmp_path):
    elsewhere = tmp_path / "other/place"
    shutil.move(folder, elsewhere)
    network, file = load_network(elsewhere)
    assert file.checksum == artifacts.read_manifest(weights)["checksum"]
    for name, values in load_file(weights).items():
        assert torch.equal(network.state_dict()[name].cpu(), values)
    cli.main(["export", "--weights", str(elsewhere), "--out", str(tmp_path / "again")])
    for path in elsewhere.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", [MODEL, CONFIG, MODULE, CARD])
def test_a_file_that_was_changed_or_is_missing_is_named(folder, name):
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ArtifactError, match=rf"^{path} is not what was written: it was changed"):
        load_network(folder)
    path.unlink()
    with pytest.raises(ArtifactError, match=rf"({path} does not exist|holds no model)"):
        load_network(folder)


def test_what_is_no_such_folder_or_of_two_networks_is_one_line(weights, folder, tmp_path, capsys):
    assert weights_file(weights) == weights
    for wrong, said in ((tmp_path, "holds no model.safetensors: give a weights.safetensors"),
                        (folder, "has no model.manifest.json beside it")):  # fmt: skip
        (folder / "model.manifest.json").unlink(missing_ok=True)
        with pytest.raises(SystemExit):
            cli.main(["export", "--weights", str(wrong), "--out", str(tmp_path / "x")])
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, "checksum": "of others"}))
    outputs.write_manifest([folder / MODEL, folder / CONFIG], kind="trained network", spec={})
    with pytest.raises(ArtifactError, match=r"config.json is of other weights than model"):
        load_network(folder)


def test_the_one_file_has_what_load_reaches_and_nothing_of_this_package():
    text = one_file.one_file()
    compile(text, "unet.py", "exec")
    assert "import beyond_blur" not in text and "from beyond_blur" not in text
    for name in ("UNet", "Attention", "Dropout", "level_embedding", "load", "Network"):
        assert text.count(f"class {name}") + text.count(f"def {name}(") == 1
    assert "def share_dropout" not in text and "def n_parameters" not in text

"""The kernels' source: one text for the compiler, which fits the registers of two architectures."""

import re

import pytest
from gpu_cases import SHARED

from beyond_blur.lbm.gpu.layout import layout
from beyond_blur.lbm.gpu.source import FOLDER, source
from beyond_blur.storage.code import PACKAGE
from beyond_blur.storage.import_graph import _data_of


def compiler_log(nvrtc, source, options):
    """What ptxas says about a cubin made by NVRTC."""
    try:
        program = nvrtc.createProgram(source, "kernels.cu", (), ())
    except RuntimeError as error:  # DynamicLibNotFoundError: the wheel of CuPy brings no NVRTC
        pytest.skip(f"NVRTC is not installed ({type(error).__name__})")
    try:
        nvrtc.compileProgram(program, ("--std=c++17", "--ptxas-options=-v", *options))
    except nvrtc.NVRTCError:
        pytest.fail(nvrtc.getProgramLog(program))
    assert nvrtc.getCUBIN(program)
    return nvrtc.getProgramLog(program)


@pytest.mark.thorough
@pytest.mark.parametrize(("arch", "shape", "channels", "walls"), [
    (80, (28, 28), 1, "mirror"), (80, (128, 128), 3, "periodic"), (80, (256, 256), 3, "mirror"),
    (90, (33, 17), 3, "periodic"), (90, (128, 128), 3, "mirror"), (90, (256, 256), 3, "mirror"),
])  # fmt: skip
def test_kernels_compile_and_keep_to_their_registers(gpu, arch, shape, channels, walls):
    placed = layout(shape, channels, SHARED[arch], clusters=arch >= 90)
    options = (f"--gpu-architecture=sm_{arch}", *placed.defines(walls))
    log = compiler_log(gpu.cupy.cuda.nvrtc, source(), options)
    kernels = log.split("Compiling entry function '")[1:]
    names = {"advance", "start", "draw_waves", "class_energy", "mean_energy", "turns", "spectra",
             "limit_frames", "scales"}  # fmt: skip
    names |= {"make_frames"} if placed.frames_on_chip else set()
    assert {k.split("'")[0] for k in kernels} == names
    spilled = {k.split("'")[0]: int(k.split(" bytes spill stores")[0].split()[-1]) for k in kernels}
    # At most a few numbers of each thread; 256 columns of three channels fill all registers.
    assert max(spilled.values()) <= (256 if placed.cols == 8 else 32)


def test_the_source_holds_every_header_once_and_needs_no_include_path():
    text = source()
    assert "#include" not in text
    headers = re.findall(r'^#line 1 "(.+)"$', text, re.MULTILINE)
    assert sorted(headers) == sorted(path.name for path in FOLDER.glob("*.cuh"))
    for name in headers:
        assert text.count((FOLDER / name).read_text()) == 1


def test_an_error_in_a_header_is_told_with_its_file_and_line(gpu, monkeypatch, tmp_path):
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "turns.cuh").write_text("\nno_such_type x;\n")
    monkeypatch.setattr("beyond_blur.lbm.gpu.source.FOLDER", tmp_path)
    with pytest.raises(pytest.fail.Exception, match=r"turns\.cuh\(2\): error"):
        compiler_log(gpu.cupy.cuda.nvrtc, source(), layout((8, 8), 1, SHARED[80]).defines("mirror"))


def test_every_header_is_code_that_results_depend_on():
    assert set(FOLDER.iterdir()) <= set(_data_of(PACKAGE)[FOLDER.parent])

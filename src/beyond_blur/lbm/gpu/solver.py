"""The memoryless scheme on a GPU, through CuPy: many images at once, each field on chip.

The stages; all but the first are of a segment, some hundred lattice steps of all images of a chunk
at once:

1. the flow of each image, before the first segment: its waves (``draw_waves``) and their energy
   (``class_energy``, ``mean_energy``), from a key that the host makes of the image's seed; and what
   is stored of its grey values (``start``);
2. phases of the modes at the segment's key frames (``turns``), then the frames of all images: a
   spectrum, one complex inverse FFT for both components, the speed limit of every level that uses
   the frame. Where sides are powers of two and a frame fits into shared memory a block makes one
   from end to end (``make_frames``); elsewhere cuFFT stands between ``spectra`` and
   ``limit_frames``;
3. what scales the flow of each image to its rms speed at every step (``scales``);
4. all steps (``advance``): a block runs one image with all its channels, the field in shared
   memory, and writes the levels that are wanted. An image too large for one multiprocessor (three
   channels of 256 x 256 pixels are 768 KiB) is shared by a cluster of blocks on cards that have
   clusters (compute capability 9.0). Elsewhere a block runs one channel; if even that does not fit,
   the field is updated in place in global memory, at the speed of the second-level cache.

An image's numbers depend on nothing but the image, its seed and the card: sums have a fixed order,
FFTs run in batches of a fixed size, no two threads add to one number.

This file is what needs CuPy: the compiled kernels and the entries that the rest of the package
calls. The other files work on NumPy arrays as well, on whatever :class:`machine.Machine` they are
given, so tests run the whole pipeline on a CPU: ``layout`` (how an image is laid out on the card),
``segments`` (lattice steps and the key frames that they need), ``draw`` (stage 1), ``flow`` (stages
2 and 3), ``chunks`` (images in chunks through all stages) and ``kernels/`` (CUDA, one header per
kernel).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import cupy
import numpy as np

from beyond_blur.config import Walls
from beyond_blur.lbm.cpu import solver as cpu
from beyond_blur.lbm.gpu.chunks import NoRoom, Take, run
from beyond_blur.lbm.gpu.flow import make_problem
from beyond_blur.lbm.gpu.layout import Layout, layout
from beyond_blur.lbm.gpu.self_test import self_test
from beyond_blur.lbm.gpu.source import source
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.storage.cache_folders import say_once


class Cuda:
    """The current CUDA device, with the kernels compiled for one layout."""

    fft_cells = 2**22
    """Cells of one batch of FFTs: 32 MiB of spectra. A choice, not measured."""

    xp = cupy

    out_of_memory = cupy.cuda.memory.OutOfMemoryError

    def __init__(self, placed: Layout, walls: Walls) -> None:
        self.module = cupy.RawModule(
            code=source(), options=("--std=c++17", *placed.defines(walls)), backend="nvrtc"
        )
        self._functions: dict[str, Any] = {}
        self._shared: dict[str, int] = {}  # bytes that each was allowed

    def release(self) -> None:
        """Give back what CuPy's pool keeps for later arrays."""
        cupy.get_default_memory_pool().free_all_blocks()

    def launch(
        self, kernel: str, grid: tuple[int, int], threads: int, arguments: tuple, shared: int = 0
    ) -> None:
        """Queue a kernel on the current stream."""
        function = self._functions.get(kernel)
        if function is None:  # asked for once: each call makes a new one and asks the driver
            function = self._functions[kernel] = self.module.get_function(kernel)
            self._shared[kernel] = function.max_dynamic_shared_size_bytes
        if shared > self._shared[kernel]:
            function.max_dynamic_shared_size_bytes = self._shared[kernel] = shared
        function(grid, (threads,), arguments, shared_mem=shared)


@functools.lru_cache(maxsize=16)
def _machine(placed: Layout, walls: Walls, device: int) -> Cuda:
    """One compilation per layout, wall and device."""
    return Cuda(placed, walls)


@functools.lru_cache(maxsize=16)
def _stream(device: int) -> cupy.cuda.Stream:
    """One stream per device that does not wait for the default stream: it overlaps training."""
    return cupy.cuda.Stream(non_blocking=True)


@functools.lru_cache(maxsize=16)
def _reader(device: int) -> cupy.cuda.Stream:
    """One stream per device to read states back on while the solver's stream goes on."""
    return cupy.cuda.Stream(non_blocking=True)


def chunk_bytes() -> int:
    """Bytes of the current device for one chunk: half of what is free, at most 16 GiB.

    A choice: the other half is left to training on the same card and to temporary arrays.
    """
    free, _ = cupy.cuda.runtime.memGetInfo()
    free += cupy.get_default_memory_pool().free_bytes()
    return min(free // 2, 2**34)


def layout_on(device: cupy.cuda.Device, shape: tuple[int, int], channels: int) -> Layout:
    """:func:`layout` on a device."""
    shared_limit = device.attributes["MaxSharedMemoryPerBlockOptin"]
    return layout(shape, channels, shared_limit, int(device.compute_capability) >= 90)


def _run_on_device(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int, take: Take,
) -> None:  # fmt: skip
    device = cupy.cuda.Device()
    shape, channels = (phi.shape[-2], phi.shape[-1]), phi.shape[1]
    placed = layout_on(device, shape, channels)
    machine = _machine(placed, trajectory.walls, device.id)
    problem = make_problem(machine, shape, channels, trajectory, placed)
    try:
        run(machine, problem, chunk_bytes(), phi, background, seeds, keep, take)
        return
    except NoRoom as full:
        left, why = full.rows, str(full)
    # Beyond the handler, whose error holds arrays of the device.
    say_once(f"no room for one image on the GPU beside other work ({why}): going on on the CPU")
    for row in left:
        one = slice(row, row + 1)
        states = cpu.trajectories(
            phi[one], background[one], trajectory, seeds[one], keep[one], threads
        )
        take(np.array([row]), cupy.asarray(states))()


def device_number() -> int:
    """Number of the current CUDA device; -1 where there is none."""
    return cupy.cuda.Device().id if cupy.cuda.is_available() else -1


def device_name() -> str:
    """Name of the current CUDA device."""
    name: bytes = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"]
    return name.decode()


def fault(shape: tuple[int, int], channels: int, walls: Walls) -> str | None:
    """Why the solver cannot serve images of a shape here, or None if it can.

    Besides a device it needs a compiler, headers and cuFFT that CuPy finds, a driver and a card
    that take what they make, and kernels that compute what the CPU computes: a short self-test
    shows all of it, once per shape, wall and device. Each lack would otherwise show only at the
    first launch, or not at all.
    """
    if not cupy.cuda.is_available():
        return "CuPy sees no CUDA device"
    try:
        return _self_test(cupy.cuda.Device().id, shape, channels, walls)
    except Exception as error:  # whatever the driver, the compiler or a library raises
        words = str(error).strip() or "no message"
        return f"{type(error).__name__}: {words.splitlines()[0]}"


@functools.lru_cache(maxsize=16)
def _self_test(device: int, shape: tuple[int, int], channels: int, walls: Walls) -> str | None:
    return self_test(trajectories, shape, channels, walls)


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float32 (n, m, c, h, w); see `beyond_blur.lbm.solver.Solver`.

    Images are at most 256 pixels wide. ``threads`` of the host are used where the card has no
    memory for a single image.

    Raises
    ------
    ValueError
        If the images are too wide.
    """
    out = np.empty((*keep.shape, *phi.shape[1:]), np.float32)

    device = cupy.cuda.Device().id
    stream, reader = _stream(device), _reader(device)

    def take(rows: np.ndarray, states: cupy.ndarray) -> Callable[[], None]:
        made = stream.record()

        def read() -> None:
            reader.wait_event(made)
            out[rows] = states.get(stream=reader)

        return read

    with stream:
        _run_on_device(phi, background, trajectory, seeds, keep, threads, take)
    return out


class DeviceStates(NamedTuple):
    """States queued on the solver's own stream, perhaps not done yet."""

    states: cupy.ndarray  # float32 (n, m, c, h, w)
    ready: cupy.cuda.Event

    def to_torch(self) -> Any:
        """The same memory as a torch tensor; torch's current stream waits until it is filled."""
        import torch

        with self.states.device:
            consumer = torch.cuda.current_stream(self.states.device.id).cuda_stream
            cupy.cuda.runtime.streamWaitEvent(consumer, self.ready.ptr)
            # -1: no further wait, the solver's stream may have later work by now.
            return torch.utils.dlpack.from_dlpack(self.states.__dlpack__(stream=-1))


@functools.lru_cache(maxsize=16)
def _tensor_pool(device: int) -> cupy.cuda.MemoryPool:
    """Memory of states handed out; nobody else gets what a consumer may still be reading."""
    return cupy.cuda.MemoryPool()


def states_on_device(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1, consumer: int = 0,
    finish: Callable[[Any, np.ndarray, Any], Any] = lambda xp, rows, states: states,
) -> DeviceStates:  # fmt: skip
    """The states of :func:`trajectories` left on the device, queued and not waited for.

    To overlap training: queue the states of the next batch, queue the training step of this one,
    then take the next batch's tensor.

    Parameters
    ----------
    consumer : int
        Stream that used earlier states (``torch.cuda.current_stream().cuda_stream``; 0 is the
        default stream): memory it gave back is filled again only after what is queued on it now.
    finish : callable
        Gets the module of the arrays, rows and their states, float32 (rows, m, c, h, w), and
        returns the states to hand out.

    Other arguments and errors are those of :func:`trajectories`.
    """
    device = cupy.cuda.Device().id
    stream, used = _stream(device), cupy.cuda.Event(disable_timing=True)
    with stream:
        with cupy.cuda.using_allocator(_tensor_pool(device).malloc):
            out = cupy.empty((*keep.shape, *phi.shape[1:]), np.float32)
        # After the memory is had: another thread may have given it back a moment ago.
        cupy.cuda.runtime.eventRecord(used.ptr, consumer)
        stream.wait_event(used)

        def take(rows: np.ndarray, states: cupy.ndarray) -> Callable[[], None]:
            out[cupy.asarray(rows)] = finish(cupy, rows, states)
            return lambda: None

        _run_on_device(phi, background, trajectory, seeds, keep, threads, take)
        return DeviceStates(out, stream.record())

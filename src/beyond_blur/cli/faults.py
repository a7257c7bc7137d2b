"""Every fault of a verb as one line: what is wrong, with which file, and the way out.

`LINES` is the registry: what is said of each kind of exception. Kinds are named as text, so that
nothing has to import the library that raises them. A file is named by whoever knows it; where a
library has raised something that names none, the file that this package was working on is.
"""

from __future__ import annotations

import contextlib
import dis
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from beyond_blur.storage.system_errors import reason

LONGEST = 600
"""Characters of a line; what a library adds beyond them is left to the traceback."""

WHERE = "run with --traceback for where"

MISSING = " does not exist"
"""How a line ends that says no more of a path."""

LOWER = {
    "prepare_dataset": "raise dataset.shards or lower dataset.max_images",
    "cache_pairs": "raise dataset.shards or lower corruption.threads",
    "terminal_states": "raise dataset.shards or lower corruption.threads",
    "train": "lower training.batch_size",
    "sample": "lower sampling.batch_size",
    "trajectory": "lower network.channels",
    "explore": "lower --n",
    "features": "lower evaluation.batch_size",
    "metrics": "lower sampling.n_samples or dataset.max_images",
    "evaluate": "give fewer images",
    "corrupt": "lower --size or --n",
}
"""What makes each verb need less memory."""

NO_MEMORY = re.compile(
    "out of memory|not enough memory|can't allocate memory|cannot allocate memory|bad_?alloc"
    "|bad allocation|CUBLAS_STATUS_ALLOC_FAILED|failed to map segment from shared object",
    re.IGNORECASE,
)
NO_THREADS = re.compile("can't start new thread|thread.*resource temporarily", re.IGNORECASE)


def line(error: BaseException, verb: str = "") -> str:
    """What is wrong, on one line.

    Parameters
    ----------
    error : exception
    verb : str
        Verb of the command line that it ended.
    """
    for kind in type(error).__mro__:
        say = LINES.get(f"{kind.__module__}.{kind.__qualname__}")
        if say is not None:
            return folded(say(error, verb))
    return folded(_unexpected(error))


def exit_code(error: BaseException) -> int:
    """130 where the user interrupted, as shells have it, else 1."""
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def report(
    error: BaseException, verb: str, with_traceback: bool, options: Mapping[str, Any] | None = None
) -> None:
    """Say on stderr what is wrong, as the last line; nothing can be said if stderr is full.

    Parameters
    ----------
    error : exception
    verb : str
        Verb of the command line that it ended.
    with_traceback : bool
    options : mapping, optional
        What was typed for each option of the verb.
    """
    text = with_option(line(error, verb), options or {})
    with contextlib.suppress(OSError):
        if with_traceback:
            traceback.print_exception(error)
        print(f"beyond_blur {verb}: error: {text}", file=sys.stderr, flush=True)
    _let_go_of_stdout()


def with_option(text: str, options: Mapping[str, Any]) -> str:
    """A line that a path does not exist, with the option that it was typed for and the way out."""
    path = text.removesuffix(MISSING)
    for name, typed in options.items() if path != text else ():
        if path == typed or (isinstance(typed, list) and path in typed):
            return f"{name} {text}: correct the path"
    return text


def _let_go_of_stdout() -> None:
    """Python writes what is left when it ends, and would complain once more where it cannot."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def folded(text: str) -> str:
    """Lines as one, the longest of them cut, nothing in it that moves a terminal's cursor."""
    lines = [" ".join(one.split()) for one in text.splitlines()]
    kept = [one for one in lines if one]
    text = "".join(f"{one} " if one[-1] in ".,:;([" else f"{one}; " for one in kept)[:-1]
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text.removesuffix(";"))
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}... ({len(text) - LONGEST:,} more characters with --traceback)"


def _plain(error: BaseException, verb: str) -> str:
    return str(error)


def _system(error: BaseException, verb: str) -> str:
    assert isinstance(error, OSError)
    named = [os.fsdecode(name) for name in (error.filename, error.filename2) if name is not None]
    if error.errno is None and _is_ours(error):
        return str(error)
    if error.errno is None and (found := _file_in_hand(error)) is not None:
        try:
            Path(found).open("rb").close()  # safetensors calls missing whatever it cannot open
        except OSError as real:
            return f"{found}: {reason(real)}"
    return f"{' -> '.join(named)}: {reason(error)}" if named else _about(error, reason(error))


def _no_memory(error: BaseException, verb: str) -> str:
    on_gpu = re.search("CUDA|cupy|CUBLAS", f"{type(error)} {error}")
    way_out = LOWER.get(verb, "run fewer jobs at once")
    told = f" ({error})" if str(error) else ""
    return f"{'the GPU' if on_gpu else 'this job'} is out of memory{told}: {way_out}"


def _interrupted(error: BaseException, verb: str) -> str:
    return "interrupted; what was finished is kept, the same command goes on or starts again"


def _damaged(error: BaseException, verb: str) -> str:
    if "marshal data" in str(error):  # Python's own, of a module that it could not write whole
        return (
            f"a compiled module was cut off, by a full disk for one ({error}): delete the folders "
            "__pycache__ of this project and of its environment, then run again"
        )
    return _about(error, f"damaged or of another kind ({type(error).__name__}: {error})")


def _image(error: BaseException, verb: str) -> str:
    return _about(error, f"no image that can be read ({error})")


def _text(error: BaseException, verb: str) -> str:
    return _about(error, f"not text in UTF-8 ({error})")


def _no_module(error: BaseException, verb: str) -> str:
    if NO_MEMORY.search(str(error)):  # a library's file was found, and no room to load it
        return _no_memory(error, verb)
    return f"{error}: install this project's packages (make test), or activate their environment"


def _said(error: BaseException, verb: str) -> str:
    """Of a kind that both this package and libraries raise."""
    if NO_MEMORY.search(str(error)):
        return _no_memory(error, verb)
    if NO_THREADS.search(str(error)):
        return f"no more threads are allowed ({error}): raise ulimit -u, or run fewer jobs at once"
    if "(os error " in str(error):
        return _about(error, f"the system refuses it ({error})")
    return str(error) if _is_ours(error) else _unexpected(error)


def _unexpected(error: BaseException) -> str:
    found = _file_in_hand(error)
    name = type(error).__name__
    at = "" if found is None else f" with {found} in hand"
    return f"unexpected: {name}{at}: {error}; {WHERE}"


def _about(error: BaseException, text: str) -> str:
    found = _file_in_hand(error)
    return f"{text}; {WHERE}" if found is None else f"{found}: {text}"


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """Frames that an exception came through, outermost first, and the instruction in each."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame, trace.tb_lasti
        trace = trace.tb_next


def _in_package(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).split(".")[0] == "beyond_blur"


def _is_ours(error: BaseException) -> bool:
    """Whether a ``raise`` of this package made it: such messages are written to be read."""
    frames = list(_frames(error))
    if not frames:
        return True
    frame, last = frames[-1]
    made_here = dis.opname[frame.f_code.co_code[last]] == "RAISE_VARARGS"
    return made_here and _in_package(frame)


def _file_in_hand(error: BaseException) -> str | None:
    """The file that the innermost function of the package was called with."""
    for frame, _ in reversed(list(_frames(error))):
        if not _in_package(frame):
            continue
        code = frame.f_code
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            value = frame.f_locals.get(name)
            if name in ("path", "file", "paths") and isinstance(value, str | Path):
                return str(value)
    return None


Say = Callable[[BaseException, str], str]
LINES: dict[str, Say] = {
    "beyond_blur.config.base.ConfigError": _plain,
    "beyond_blur.storage.atomic.ArtifactError": _plain,
    "beyond_blur.storage.system_errors.WriteError": _plain,
    "builtins.KeyboardInterrupt": _interrupted,
    "builtins.MemoryError": _no_memory,
    "torch.OutOfMemoryError": _no_memory,
    "PIL.Image.DecompressionBombError": _image,
    "PIL.UnidentifiedImageError": _image,
    "gzip.BadGzipFile": _damaged,
    "zipfile.BadZipFile": _damaged,
    "zlib.error": _damaged,
    "_lzma.LZMAError": _damaged,
    "_pickle.UnpicklingError": _damaged,
    "builtins.EOFError": _damaged,
    "json.decoder.JSONDecodeError": _damaged,
    "pandas.errors.ParserError": _damaged,
    "pandas.errors.EmptyDataError": _damaged,
    "builtins.UnicodeError": _text,
    "builtins.ImportError": _no_module,
    "builtins.OSError": _system,
    "builtins.ValueError": _said,
    "builtins.RuntimeError": _said,
    "safetensors._safetensors_rust.SafetensorError": _damaged,
}
"""What is said of each kind of exception, by the nearest of its classes that is listed."""

"""The pickles of CIFAR-10's Python files, read without running what a pickle can run.

A pickle is a program that may call any function. These files need a dictionary of numbers, strings
and one array: every instruction is looked at before any is carried out, and the few names that
stand for an array make plain values here; nothing of NumPy is called by the file.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from beyond_blur.config import ConfigError

if TYPE_CHECKING:
    import numpy as np

INSTRUCTIONS = frozenset(
    (
        *("PROTO", "FRAME", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE"),
        *("BINPUT", "LONG_BINPUT", "MEMOIZE", "BINGET", "LONG_BINGET"),
        *("BININT", "BININT1", "BININT2", "EMPTY_LIST", "APPEND", "APPENDS"),
        *(
            "EMPTY_TUPLE",
            "TUPLE",
            "TUPLE1",
            "TUPLE2",
            "TUPLE3",
            "EMPTY_DICT",
            "SETITEM",
            "SETITEMS",
        ),
        *("SHORT_BINSTRING", "BINSTRING", "SHORT_BINBYTES", "BINBYTES"),
        *("SHORT_BINUNICODE", "BINUNICODE", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    )
)
"""What the files are made of, as Python 2 wrote them and as Python 3 writes the same."""

HIGHEST_MEMO = 2**20
"""Values that a pickle may number; Python makes room for the highest number that it names."""


class _Array:
    """An array before it is one: what its pickle says of it."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def values(self) -> np.ndarray:
        """The array, if it is one of bytes of the size that it states."""
        import numpy as np

        _, shape, kind, fortran, content = self.state
        sizes = tuple(int(size) for size in shape)
        plain = isinstance(kind, _Kind) and kind.name in ("u1", b"u1") and not fortran
        if not plain or not isinstance(content, bytes) or len(content) != math.prod(sizes):
            raise ValueError("its array is not of bytes, or of another size than it states")
        return np.frombuffer(content, np.uint8).reshape(sizes)


class _Kind:
    """The number format of an array, by its name."""

    def __init__(self, name: Any = None, *_: Any) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        """Byte order and the like, which bytes have none of."""


def _latin_1(text: Any, encoding: Any) -> bytes:
    """Bytes, as Python 3 writes them for Python 2."""
    if not isinstance(text, str) or encoding != "latin1":
        raise ValueError("its bytes are written in an unknown way")
    return text.encode("latin-1")


NAMES: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Array(),
    ("numpy._core.multiarray", "_reconstruct"): lambda *_: _Array(),
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Kind,
    ("_codecs", "encode"): _latin_1,
}
"""What a file may name, and what stands for it here."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in NAMES:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which CIFAR-10's files do not")
        return NAMES[module, name]


def read_pickle(content: bytes, path: str) -> dict[str, Any]:
    """The dictionary in a file of CIFAR-10's Python version.

    Parameters
    ----------
    content : bytes
    path : str
        The file, for the message.

    Returns
    -------
    dict
        By text; arrays as uint8 arrays, everything else as lists, numbers, bytes and text.

    Raises
    ------
    ConfigError
        One line that names the file: cut short, or holding what these files do not hold.
    """
    try:
        for instruction, argument, _ in pickletools.genops(content):
            if instruction.name not in INSTRUCTIONS:
                raise ValueError(f"it has the instruction {instruction.name}")
            if instruction.name == "LONG_BINPUT" and int(argument or 0) > HIGHEST_MEMO:
                raise ValueError("it numbers more values than it can hold")
        values = _Reader(io.BytesIO(content), encoding="bytes").load()
        if not isinstance(values, dict):
            raise ValueError("it is no dictionary")
        return {_text(key): _value(value) for key, value in values.items()}
    except Exception as error:  # a pickle that is damaged can raise anything
        why = str(error).partition("\n")[0] or type(error).__name__
        raise ConfigError(
            f"{path} is not a file of CIFAR-10's Python version, or damaged ({why}): download it "
            "again, or take cifar-10-binary.tar.gz"
        ) from error


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _value(value: Any) -> Any:
    return value.values() if isinstance(value, _Array) else value

"""Colour profiles to embed in pictures."""

import struct

P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
"""Red, green and blue in XYZ under D50."""


def numbers(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def srgb_curve():
    """The tone curve of sRGB and of Display P3."""
    values = numbers(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return b"para" + bytes(4) + struct.pack(">HH", 3, 0) + values


def gamma_curve(gamma):
    return b"para" + bytes(4) + struct.pack(">HH", 0, 0) + numbers(gamma)


def text(words):
    encoded = words.encode("utf-16-be")
    record = struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28)
    return b"mluc" + bytes(4) + record + encoded


def point(values):
    return b"XYZ " + bytes(4) + numbers(*values)


def profile(space, tags):
    """An ICC profile of version 4."""
    tags = {
        "desc": text("a profile"), "cprt": text("none"), "wtpt": point((0.9642, 1, 0.8249)), **tags
    }  # fmt: skip
    start = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name.encode() + struct.pack(">II", start + len(content), len(value))
        content += value + bytes(-len(value) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIIII12s48s",
        start + len(content), b"\0" * 4, 0x04300000, b"mntr", space, b"XYZ ", bytes(12), b"acsp",
        bytes(4), 0, 0, 0, 0, 0, 0, numbers(0.9642, 1, 0.8249), bytes(48),
    )  # fmt: skip
    return header + table + content


def rgb_profile(primaries, curve=None):
    curve = curve or srgb_curve()
    points = dict(zip(("rXYZ", "gXYZ", "bXYZ"), map(point, primaries), strict=True))
    return profile(b"RGB ", {**points, **dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve)})


def grey_profile(gamma):
    return profile(b"GRAY", {"kTRC": gamma_curve(gamma)})

"""Random words that are a function of a key and a counter: Philox4x32-10.

There is no state to carry along: whoever knows the key and the counter knows the number. So numbers
that belong to a sample can be drawn in any batch, in any order and on any device.

Salmon, Moraes, Dror and Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011). Constants and
test vectors are those of their library Random123.
"""

from __future__ import annotations

import torch
from torch import Tensor

WORD = 0xFFFFFFFF
"""The lower 32 bits."""

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
"""Of the first and the third word of a counter."""

KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
"""What the two words of the key grow by from round to round: golden ratio and sqrt(3) - 1."""

ROUNDS = 10


class Philox:
    """Philox4x32-10 under one key, on one device.

    Words of 32 bits lie in int64, where they are the same whole numbers on every device. A product
    of two words has 64 bits and may wrap around to a negative number; its upper word is right all
    the same, once it is shifted down and cut to 32 bits.

    Parameters
    ----------
    key : int
        0 to 2^64 - 1.
    device : torch.device
        Where counters lie.
    """

    def __init__(self, key: int, device: torch.device) -> None:
        halves = key & WORD, key >> 32
        rows = []
        for i in range(ROUNDS):
            keys = tuple((h + i * step) & WORD for h, step in zip(halves, KEY_STEPS, strict=True))
            rows += [MULTIPLIERS, keys[::-1]] if i % 2 == 0 else [MULTIPLIERS[::-1], keys]
        # In one tensor, for each copy to a device waits for it.
        constants = torch.tensor(rows, device=device)[..., None].unbind()
        self.rounds = list(zip(constants[0::2], constants[1::2], strict=True))

    def words(self, counters: Tensor) -> Tensor:
        """Four random words for every counter of four words.

        A round makes (h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0) of (c0, c1, c2, c3), with h0 and l0 the
        upper and the lower word of c0's product, h1 and l1 those of c2's. Both products are one
        call, so that what is made of them changes places with every round.

        Parameters
        ----------
        counters : int64 tensor, shape (4, n)
            Words, 0 to 2^32 - 1.

        Returns
        -------
        int64 tensor, shape (4, n)
            Words, 0 to 2^32 - 1.
        """
        state = counters.clone()
        left, right, spare = state[0::2], state[1::2], torch.empty_like(state[0::2])
        left_0, left_1 = left
        for multipliers, keys in self.rounds:
            product = torch.mul(left, multipliers, out=spare)
            torch.bitwise_right_shift(product, 32, out=left)
            right_0, right_1 = right
            left_0.bitwise_xor_(right_1)
            left_1.bitwise_xor_(right_0)
            # Upper bits of `right` are no part of its words. They are cut off where they would be
            # multiplied, and at the end.
            left.bitwise_xor_(keys).bitwise_and_(WORD)
            right, spare = product, right
        # The number of rounds is even: all is in its place, and `right` a part of `state`, again.
        return state.bitwise_and_(WORD)


def counters(first: Tensor, second: int, third: Tensor, fourth: int) -> Tensor:
    """Counters of four words each, int64 (4, n), from words of all or, int64 (n,), of each."""
    made = first.new_empty((4, len(first)))
    made[0], made[2] = first, third
    made[1].fill_(second)
    made[3].fill_(fourth)
    return made

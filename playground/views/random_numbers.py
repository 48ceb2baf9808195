"""Random numbers of the augmentations: a pure function of seed, epoch, view, image, operation and slot.

Flow: `sample_keys` -> one key for each sample -> `Draws` of one operation -> numbers [n]. They do not depend on the
batch, so a resumed run sees the views that it would have seen, nor on other operations, so two runs that differ in one
operation differ in nothing else.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15  # 2**64 / golden ratio, odd: the increment of SplitMix64
_SLOTS = 64  # per operation: a new draw takes a new slot and moves no other


@dataclass(frozen=True, slots=True)
class Draws:
    """Random numbers of one operation for one view of each of n images; slot 0 decides whether it is applied."""

    keys: NDArray[np.uint64]  # [n], from `sample_keys`
    stream: int  # of the operation
    probability: float  # of the operation, in this view
    whole: int  # the side of the images, in pixels
    side: int  # the side of their views

    def bits(self, slot: int) -> NDArray[np.uint64]:
        """64 random bits [n]: number `stream * _SLOTS + slot` of the SplitMix64 sequence that each key seeds."""
        bits: NDArray[np.uint64] = self.many_bits(range(slot, slot + 1))[0]
        return bits

    def many_bits(self, slots: range) -> NDArray[np.uint64]:
        """`bits` of several slots at once [slots, n]."""
        return _mix(self.keys + _sequence_offsets(self.stream, slots))

    def uniform(self, slot: int) -> NDArray[np.float64]:
        """Uniform numbers in [0, 1) of 53 random bits [n]."""
        numbers: NDArray[np.float64] = self.many_uniform(range(slot, slot + 1))[0]
        return numbers

    def many_uniform(self, slots: range) -> NDArray[np.float64]:
        """`uniform` of several slots at once [slots, n]."""
        return (self.many_bits(slots) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def between(self, slot: int, low: float, high: float) -> NDArray[np.float64]:
        """Uniform numbers between two bounds [n]."""
        return low + (high - low) * self.uniform(slot)

    def below(self, slot: int, end: Ints | int) -> Ints:
        """Uniform integers from 0 to `end` - 1 [n]; `end` is one number or [n]."""
        return np.floor(self.uniform(slot) * end).astype(np.int32)

    def happens(self) -> Flags:
        """Whether the operation is applied [n]: never at probability 0, always at 1."""
        return self.uniform(0) < self.probability


def value_or_neutral(flags: Flags, value: NDArray[np.float64] | float, otherwise: float) -> Floats:
    """`value` (a number or [n]) where `flags` [n] say that the operation is applied, else `otherwise`: float32 [n]."""
    return np.where(flags, value, otherwise).astype(np.float32)


@cache
def _sequence_offsets(stream: int, slots: range) -> NDArray[np.uint64]:
    """What is added to a key to get the states of SplitMix64 at these slots [slots, 1]."""
    steps = [((stream * _SLOTS + slot + 1) * _GAMMA) & _MASK for slot in slots]
    return np.array(steps, dtype=np.uint64)[:, None]


def sample_keys(seed: int, epoch: int, indices: NDArray[np.int64], view: int) -> NDArray[np.uint64]:
    """One key for each sample [n], from int64 `indices` [n].

    Each coordinate is mixed in before the next one is added, so that no two of them can cancel.
    """
    key = np.zeros(1, dtype=np.uint64)
    for coordinate in (seed, epoch, view):
        key = _mix(key + np.uint64(((coordinate + 1) * _GAMMA) & _MASK))
    numbers = np.asarray(indices, dtype=np.int64).astype(np.uint64) + np.uint64(1)
    return _mix(key + numbers * np.uint64(_GAMMA))


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The output function of SplitMix64, a bijection on 64 bits.

    Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014, doi:10.1145/2660193.2660195;
    constants of variant 13 by D. Stafford, as in https://prng.di.unimi.it/splitmix64.c
    """
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))

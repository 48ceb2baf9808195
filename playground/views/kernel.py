"""The compiled loop of the CPU executor: one image at a time, through every operation that is on.

Flow: `fused.apply` -> `render` (here) -> float32 NHWC. An image is held as three planes of float32 in [0, 1], small
enough for the first-level cache, so that each operation is a few vector loops. Each operation follows torchvision's
functional of the same name on float tensors; the tests compare them.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
# numba infers every type of the compiled functions from those of `render`, which are written in its docstring.

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit, prange

from playground.views.operations import PIXEL_OPERATIONS, PixelOperation
from playground.views.operations.crop import read
from playground.views.operations.pixels import OPTIONS, compiled, flat

BLOCK = 8  # images per unit of parallel work


def apply_all(operations: Sequence[PixelOperation]) -> Any:
    """A compiled function (planes, spare, sample) that applies each of the operations which is on, in their order.

    It calls the first one and then such a function of the rest, as numba cannot loop over functions that it is to
    compile into one.
    """
    if not operations:
        return compiled(lambda planes, spare, sample: None)
    name, used, fused = operations[0].name, compiled(operations[0].used), operations[0].fused
    apply_rest = apply_all(operations[1:])

    @compiled
    def apply(planes, spare, sample):
        if used(sample[name]):
            fused(planes, spare, sample[name])
        apply_rest(planes, spare, sample)

    return apply


apply_operations = apply_all(PIXEL_OPERATIONS)


@compiled
def augment(images, indices, table, scale, shift, out, first, last):
    """Views number `first` to `last - 1`, one after the other, in the same scratch memory."""
    side = out.shape[1]
    planes, spare = np.empty((3, side, side), np.float32), np.empty((3, side, side), np.float32)
    strip = np.empty((3, images.shape[1], side), np.float32)
    for i in range(first, last):
        sample = table[i]
        read(images[indices[i]], sample.crop, sample.flip.mirrored, planes, strip)
        apply_operations(planes, spare, sample)
        write(planes, scale, shift, out[i])


@compiled
def write(planes, scale, shift, out):
    """Planes to normalised, interleaved pixels."""
    red, green, blue, pixels = flat(planes, 0), flat(planes, 1), flat(planes, 2), out.reshape(out.size)
    for i in range(red.size):
        pixels[3 * i] = red[i] * scale[0] + shift[0]
        pixels[3 * i + 1] = green[i] * scale[1] + shift[1]
        pixels[3 * i + 2] = blue[i] * scale[2] + shift[2]


def digest_of_sources(folder: Path) -> str:
    """Changes with any file in `folder` that functions are compiled from."""
    sources = [folder / "kernel.py", *sorted((folder / "operations").glob("*.py"))]
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


def compile_render(digest: str) -> Any:
    """`render`, read from numba's cache where it was compiled from the same sources.

    The cache notices a change in the file of the cached function and in what it closes over: hence the `digest`.
    """

    @njit(cache=True, parallel=True, **OPTIONS)
    def render(images, indices, table, scale, shift, out):
        """out[i] = augment(images[indices[i]]) * scale + shift, on as many cores as numba is allowed.

        images uint8 [N, whole, whole, 3]; indices int64 [n]; table: records [n] of `policy.RECORD`; scale, shift
        float32 [3]; out float32 [n, side, side, 3]. No bounds are checked here.
        """
        digest  # noqa: B018  # closes over it
        n = indices.size
        for block in prange((n + BLOCK - 1) // BLOCK):
            augment(images, indices, table, scale, shift, out, block * BLOCK, min(n, (block + 1) * BLOCK))

    return render


render = compile_render(digest_of_sources(Path(__file__).parent))

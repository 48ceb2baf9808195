"""The numba kernel of the CPU executor: applies the operations to one image at a time.

Flow: `fused.augment_images` -> `render` (here) -> float32 NHWC. An image is held as three planes of float32 in [0, 1],
small enough for the first-level cache, so that each operation is a few vector loops. Each operation follows
torchvision's functional of the same name on float tensors; the tests compare them.
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
from playground.views.operations.crop import read_crop
from playground.views.operations.pixels import OPTIONS, compiled, plane_vector

BLOCK = 8  # images per unit of parallel work


def chain_operations(operations: Sequence[PixelOperation]) -> Any:
    """A compiled function (planes, spare, sample) that applies those of `operations` that change the view, in order.

    It calls the first operation and then such a function for the rest, as numba cannot inline functions from a loop.
    """
    if not operations:
        return compiled(lambda planes, spare, sample: None)
    name, used, fused = operations[0].name, compiled(operations[0].used), operations[0].fused
    apply_rest = chain_operations(operations[1:])

    @compiled
    def apply(planes, spare, sample):
        if used(sample[name]):
            fused(planes, spare, sample[name])
        apply_rest(planes, spare, sample)

    return apply


apply_operations = chain_operations(PIXEL_OPERATIONS)


@compiled
def augment_range(images, indices, table, scale, shift, out, first, last):
    """Makes the views `first` to `last - 1`, one after the other, in the same scratch memory."""
    side = out.shape[1]
    planes, spare = np.empty((3, side, side), np.float32), np.empty((3, side, side), np.float32)
    strip = np.empty((3, images.shape[1], side), np.float32)
    for i in range(first, last):
        sample = table[i]
        read_crop(images[indices[i]], sample.crop, sample.flip.mirrored, planes, strip)
        apply_operations(planes, spare, sample)
        write_pixels(planes, scale, shift, out[i])


@compiled
def write_pixels(planes, scale, shift, out):
    """Writes planes [3, side, side] as normalised, interleaved pixels [side, side, 3]."""
    red, green, blue, pixels = (
        plane_vector(planes, 0),
        plane_vector(planes, 1),
        plane_vector(planes, 2),
        out.reshape(out.size),
    )
    for i in range(red.size):
        pixels[3 * i] = red[i] * scale[0] + shift[0]
        pixels[3 * i + 1] = green[i] * scale[1] + shift[1]
        pixels[3 * i + 2] = blue[i] * scale[2] + shift[2]


def hash_sources(folder: Path) -> str:
    """Hash (SHA-256) of the source files in `folder` that the kernel is compiled from."""
    sources = [folder / "kernel.py", *sorted((folder / "operations").glob("*.py"))]
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


def compile_render(digest: str) -> Any:
    """The function `render`, from numba's cache where it was compiled from sources of this `digest`.

    numba compiles again if the file of the cached function or a closure variable changes, not for other files: so the
    digest is a closure variable.
    """

    @njit(cache=True, parallel=True, **OPTIONS)
    def render(images, indices, table, scale, shift, out):
        """Writes the augmented, normalised images[indices[i]] to out[i], on as many cores as numba may use.

        images uint8 [N, whole, whole, 3]; indices int64 [n]; table [n] of `policy.PARAMETERS_DTYPE`; scale, shift
        float32 [3]; out float32 [n, side, side, 3]. Bounds are not checked here.
        """
        digest  # noqa: B018  # makes it a closure variable
        n = indices.size
        for block in prange((n + BLOCK - 1) // BLOCK):
            augment_range(images, indices, table, scale, shift, out, block * BLOCK, min(n, (block + 1) * BLOCK))

    return render


render = compile_render(hash_sources(Path(__file__).parent))

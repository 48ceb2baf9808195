"""The compiled loop gives the same views to the last bit, whichever process compiled it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Small sides: their rows are shorter than what the compiler sums at once, or no multiple of it.
VIEWS = """
import hashlib
import numpy as np
from playground.config.augmentations import ViewsConfig
from playground.views import augment_images, draw_parameters, kernel, view_side

for side in (8, 12, 16, 20, 24, 28, 32):
    images, indices = np.random.default_rng(0).integers(0, 256, (64, side, side, 3), dtype=np.uint8), np.arange(64)
    config = ViewsConfig()
    parameters = draw_parameters(config, seed=1, epoch=0, indices=indices, view=0, side=side)
    views = augment_images(images, indices, parameters, view_side(config, side), (0.5,) * 3, (0.25,) * 3)
    print(side, hashlib.sha256(views.tobytes()).hexdigest())
print("from the cache" if kernel.render.stats.cache_hits else "compiled")
"""


def test_views_are_the_same_from_code_that_was_compiled_now_as_from_the_cache(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    results = [
        subprocess.run([sys.executable, "-c", VIEWS], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    (*compiled, said), (*cached, again) = (result.stdout.splitlines() for result in results)
    assert (said, again) == ("compiled", "from the cache")
    assert compiled == cached
    assert len(cached) == 7

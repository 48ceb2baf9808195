"""What is looked at while training: the probe set, snapshots of it, kNN. None of it changes the training."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from playground.config import RunConfig
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.invariance_probe import invariance_profile
from playground.inference.knn import evaluate_knn, evenly_spread
from playground.insight import collapse
from playground.methods import Method
from playground.records import Evaluation, FloatArray, Insight, Invariance, Probe, Progress, Snapshot, Weights
from playground.training.sources import ImageSource, Source

LIVE_BANK = 2000  # training images that vote in the live kNN: enough for a curve, cheap enough to repeat
CHUNK = 500  # images that pass the encoder at a time
PAIRS = 250  # probe images of which two views are compared
CHANGED = 200  # probe images that are cropped, turned and blurred to see what still matters
Embedding = Callable[[Tensor], tuple[Tensor, Tensor]]


class Watcher:
    """Looks at the same images again and again with the encoder as it is then."""

    def __init__(self, config: RunConfig, source: Source, method: Method, device: Device) -> None:
        self.config, self.source, self.method, self.device = config, source, method, device
        self.train, self.test = source.dataset.train, source.dataset.test
        self.rows = evenly_spread(len(self.test), config.watch.probe_size)
        self.bank_rows = evenly_spread(len(self.train), LIVE_BANK)
        self.paired = slice(None, None, max(1, len(self.rows) // PAIRS))
        self.followed = source.follow(self.rows, self.paired)
        self.untrained = self._state()
        self.bank = source.plain(self.train, self.bank_rows)

    @property
    def probe(self) -> Probe:
        """What is followed."""
        return self.source.probe(self.rows, self.followed.view)

    def snapshot(self, step: int, seconds: float) -> Snapshot:
        """The probe set as it is seen now. Raises TrainingError where the weights are beyond repair."""
        h, z = self._embed(self.followed.plain)
        if not torch.isfinite(z).all():
            raise TrainingError(
                f"The embeddings are no finite numbers any more (step {step}): "
                "try a lower optimizer.learning_rate or a lower optimizer.weight_decay.",
                reason="nan",
            )
        z_view = self._embed(self.followed.view, self.method.embed_view)[1].numpy()
        z_other = self._embed(self.followed.other)[1].numpy()
        alignment = collapse.alignment(z_view[self.paired], z_other)
        return Snapshot(step, h.numpy(), z.numpy(), z_view, self._insight(step, seconds, h, z, alignment))

    def invariance(self, step: int) -> Invariance:
        """How far changes of the images still matter to the encoder as it is now. Only where there are images."""
        source = self.source
        assert isinstance(source, ImageSource)
        h, z = self._embedded(self.followed.plain)
        few = source.test_images(self.rows[evenly_spread(len(self.rows), CHANGED)])
        profile_h, profile_z = invariance_profile(lambda images: self._embedded(source.pictures(images)), few, h, z)
        return Invariance(step, profile_h, profile_z)

    def untrained_invariance(self) -> Invariance:
        """The same of the encoder as it was when this was made. It takes seconds, for which no run waits to begin."""
        now = self._state()
        self._load(self.untrained)
        try:
            return self.invariance(0)
        finally:
            self._load(now)

    def weights(self, step: int) -> Weights:
        """Encoder and projection head as they are now."""
        arrays = {
            f"{part}.{name}": tensor.cpu().numpy()
            for part, state in self._state().items()
            for name, tensor in state.items()
        }
        return Weights(step, {**arrays, **self.source.beside_weights()})

    def evaluation(self) -> Iterator[Progress | Evaluation]:
        """kNN with the full bank, telling how far it is; the Evaluation comes last."""
        train, test = self.train, self.test
        if train.labels is None or test.labels is None:
            yield Evaluation(None, "no labels", self._figures(None))
            return
        h, z = yield from self._embed_all()
        found = evaluate_knn(self.config.watch, h[: len(train)], train.labels, h[len(train) :], test.labels)
        yield replace(found, figures=self._figures(z[len(train) :]))

    def _embed_all(self) -> Generator[Progress, None, tuple[Tensor, Tensor]]:
        """h and z of all training data, then of all test data, telling how far it is."""
        parts: list[tuple[Tensor, Tensor]] = []
        total = len(self.train) + len(self.test)
        for split, before in ((self.train, 0), (self.test, len(self.train))):
            for start in range(0, len(split), CHUNK):
                yield Progress("evaluating", before + start, total)
                rows = np.arange(start, min(start + CHUNK, len(split)))
                parts.append(self._embed(self.source.plain(split, rows)))
        h, z = (torch.cat(outputs) for outputs in zip(*parts, strict=True))
        return h, z

    def _figures(self, test_z: Tensor | None) -> dict[str, float]:
        """What this kind of data is tried on; `test_z` [n, d_z] where the test data were embedded."""
        seen = None if test_z is None else test_z.numpy()
        return self.source.try_out(self._embedded, lambda views: self._embedded(views, self.method.embed_view), seen)

    @property
    def _parts(self) -> dict[str, nn.Module]:
        """What is looked at."""
        return self.method.parts()

    def _state(self) -> dict[str, dict[str, Tensor]]:
        """A copy of all weights and statistics, by part."""
        return {
            part: {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
            for part, network in self._parts.items()
        }

    def _load(self, state: dict[str, dict[str, Tensor]]) -> None:
        for part, network in self._parts.items():
            network.load_state_dict(state[part])

    def _insight(self, step: int, seconds: float, h: Tensor, z: Tensor, alignment: float) -> Insight:
        knn_h, knn_z = self._live_knn(h, z)
        settled = step >= collapse.settled_after(self.config.optimizer.warmup_steps)
        return Insight(
            step=step,
            seconds=seconds,
            h=collapse.geometry(h.numpy(), "h", settled=settled),
            z=collapse.geometry(z.numpy(), "z", settled=settled),
            alignment=alignment,
            knn_accuracy=knn_h.knn_accuracy,
            knn_accuracy_z=knn_z.knn_accuracy,
            knn_protocol=knn_h.knn_protocol,
        )

    def _live_knn(self, h: Tensor, z: Tensor) -> tuple[Evaluation, Evaluation]:
        """On h and on z."""
        train, test = self.train.labels, self.test.labels
        if train is None or test is None:
            return Evaluation(None, "no labels"), Evaluation(None, "no labels")
        bank_h, bank_z = self._embed(self.bank)
        labels = train[self.bank_rows], test[self.rows]
        return evaluate_knn(self.config.watch, bank_h, labels[0], h, labels[1]), evaluate_knn(
            self.config.watch, bank_z, labels[0], z, labels[1]
        )

    def _embedded(self, inputs: Tensor, by: Embedding | None = None) -> tuple[FloatArray, FloatArray]:
        h, z = self._embed(inputs, by)
        return h.numpy(), z.numpy()

    @torch.inference_mode()
    def _embed(self, inputs: Tensor, by: Embedding | None = None) -> tuple[Tensor, Tensor]:
        """h and z in evaluation mode, float32 on the CPU; the method is left in training mode."""
        self.method.eval()
        with self.device.autocast():
            embed = by or self.method.embed
            parts = [embed(part.to(self.device.torch)) for part in torch.split(inputs, CHUNK)]
        self.method.train()
        h, z = (torch.cat(outputs).float().cpu() for outputs in zip(*parts, strict=True))
        return h, z

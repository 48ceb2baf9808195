"""What is looked at while training: the probe set, snapshots of it, kNN. None of it changes the training."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.config import RunConfig
from playground.config.run import WatchConfig
from playground.data import Dataset, Split
from playground.insight import collapse
from playground.insight.neighbours import knn_accuracy, knn_protocol
from playground.methods import Method
from playground.records import Evaluation, FloatArray, Insight, Invariance, Probe, Progress, Snapshot, Weights
from playground.training.batches import Batch, pictures, plain, view_pair
from playground.training.device import Device
from playground.training.errors import TrainingError
from playground.training.perturbing import invariance_profile

LIVE_BANK = 2000  # training images that vote in the live kNN: enough for a curve, cheap enough to repeat
CHUNK = 500  # images that pass the encoder at a time
PAIRS = 250  # probe images of which two views are compared
CHANGED = 200  # probe images that are cropped, turned and blurred to see what still matters
VIEW_EPOCH = 2**31  # an epoch that training never reaches: the probe's views are its own


class Watcher:
    """Looks at the same images again and again with the encoder as it is then."""

    def __init__(self, config: RunConfig, dataset: Dataset, method: Method, device: Device) -> None:
        self.config, self.dataset, self.method, self.device = config, dataset, method, device
        self.mean, self.std = dataset.channel_statistics
        self.rows = spread(len(dataset.test), config.watch.probe_size)
        self.bank_rows = spread(len(dataset.train), LIVE_BANK)
        self.view, other = view_pair(dataset.test, Batch(VIEW_EPOCH, self.rows), config, self.mean, self.std)
        self.paired = slice(None, None, max(1, len(self.rows) // PAIRS))
        self.other_view = other[self.paired].clone(memory_format=torch.channels_last)
        self.images = self._plain(dataset.test, self.rows)
        self.untrained = self._state()
        self.bank = self._plain(dataset.train, self.bank_rows)

    @property
    def probe(self) -> Probe:
        """The images that are followed."""
        test = self.dataset.test
        labels = test.labels[self.rows] if test.labels is not None else None
        factors = {name: values[self.rows] for name, values in test.factors.items()}
        views = pictures(self.view, self.mean, self.std)
        return Probe(np.asarray(test.images[self.rows]), labels, self.dataset.class_names, views, factors)

    def snapshot(self, step: int, seconds: float) -> Snapshot:
        """The probe set as it is seen now. Raises TrainingError where the weights are beyond repair."""
        h, z = self._embed(self.images)
        if not torch.isfinite(z).all():
            raise TrainingError(
                f"The embeddings are no finite numbers any more (step {step}): "
                "try a lower optimizer.learning_rate or a lower optimizer.weight_decay.",
                reason="nan",
            )
        z_view, z_other = self._embed(self.view)[1].numpy(), self._embed(self.other_view)[1].numpy()
        alignment = collapse.alignment(z_view[self.paired], z_other)
        return Snapshot(step, h.numpy(), z.numpy(), z_view, self._insight(step, seconds, h, z, alignment))

    def invariance(self, step: int) -> Invariance:
        """How far changes of the images still matter to the encoder as it is now."""
        h, z = (tensor.numpy() for tensor in self._embed(self.images))
        few = self.dataset.test.images[self.rows[spread(len(self.rows), CHANGED)]]
        profile_h, profile_z = invariance_profile(self._embed_pictures, few, h, z)
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
        return Weights(step, {**arrays, "mean": self.mean, "std": self.std})

    def evaluation(self) -> Iterator[Progress | Evaluation]:
        """kNN with the full bank, telling how far it is; the Evaluation comes last."""
        train, test = self.dataset.train, self.dataset.test
        if train.labels is None or test.labels is None:
            yield Evaluation(None, "no labels")
            return
        parts: list[Tensor] = []
        total = len(train) + len(test)
        for split, before in ((train, 0), (test, len(train))):
            for start in range(0, len(split), CHUNK):
                yield Progress("evaluating", before + start, total)
                rows = np.arange(start, min(start + CHUNK, len(split)))
                parts.append(self._embed(self._plain(split, rows))[0])
        features = torch.cat(parts)
        yield knn(self.config.watch, features[: len(train)], train.labels, features[len(train) :], test.labels)

    @property
    def _parts(self) -> dict[str, nn.Module]:
        """What is looked at."""
        return {"encoder": self.method.encoder, "projector": self.method.projector}

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
        train, test = self.dataset.train.labels, self.dataset.test.labels
        if train is None or test is None:
            return Evaluation(None, "no labels"), Evaluation(None, "no labels")
        bank_h, bank_z = self._embed(self.bank)
        labels = train[self.bank_rows], test[self.rows]
        return knn(self.config.watch, bank_h, labels[0], h, labels[1]), knn(
            self.config.watch, bank_z, labels[0], z, labels[1]
        )

    def _embed_pictures(self, images: NDArray[np.uint8]) -> tuple[FloatArray, FloatArray]:
        h, z = self._embed(plain(images, self.mean, self.std))
        return h.numpy(), z.numpy()

    def _plain(self, split: Split, rows: NDArray[np.int64]) -> Tensor:
        return plain(split.images[rows], self.mean, self.std)

    @torch.inference_mode()
    def _embed(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """h and z in evaluation mode, float32 on the CPU; the method is left in training mode."""
        self.method.eval()
        with self.device.autocast():
            parts = [self.method.embed(part.to(self.device.torch)) for part in torch.split(images, CHUNK)]
        self.method.train()
        h, z = (torch.cat(outputs).float().cpu() for outputs in zip(*parts, strict=True))
        return h, z


def knn(
    watch: WatchConfig, bank: Tensor, bank_labels: NDArray[np.int64], queries: Tensor, query_labels: NDArray[np.int64]
) -> Evaluation:
    """The kNN accuracy that `watch` asks for, with its protocol: of `queries` [n, d] by the votes of `bank` [m, d]."""
    k, temperature = min(watch.knn_neighbours, len(bank)), watch.knn_temperature
    labels = torch.from_numpy(bank_labels), torch.from_numpy(query_labels)
    accuracy = knn_accuracy(bank, labels[0], queries, labels[1], neighbours=k, temperature=temperature)
    return Evaluation(
        accuracy, knn_protocol(neighbours=k, temperature=temperature, bank=len(bank), queries=len(queries))
    )


def spread(count: int, wanted: int) -> NDArray[np.int64]:
    """Up to `wanted` of `count` rows, evenly spread, so that classes that are stored one after another all appear."""
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).round().astype(np.int64))

"""What is looked at while training: the probe set, snapshots of it, kNN. None of it changes the training."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config import RunConfig
from playground.data import Dataset, Split
from playground.insight import collapse
from playground.insight.neighbours import knn_accuracy, knn_protocol
from playground.methods import Method
from playground.records import Evaluation, Insight, Probe, Progress, Snapshot
from playground.training.batches import Batch, plain, view_pair
from playground.training.device import Device
from playground.training.errors import TrainingError

LIVE_BANK = 2000  # training images that vote in the live kNN: enough for a curve, cheap enough to repeat
CHUNK = 500  # images that pass the encoder at a time
PAIRS = 250  # probe images of which two views are compared
VIEW_EPOCH = 2**31  # an epoch that training never reaches: the probe's views are its own


class Watcher:
    """Looks at the same images again and again with the encoder as it is then."""

    def __init__(self, config: RunConfig, dataset: Dataset, method: Method, device: Device) -> None:
        self.config, self.dataset, self.method, self.device = config, dataset, method, device
        self.mean, self.std = dataset.channel_statistics
        self.rows = spread(len(dataset.test), config.watch.probe_size)
        self.bank_rows = spread(len(dataset.train), LIVE_BANK)
        batch = Batch(VIEW_EPOCH, self.rows[:: max(1, len(self.rows) // PAIRS)])
        self.view_1, self.view_2 = view_pair(dataset.test, batch, config, self.mean, self.std)
        self.images = self._plain(dataset.test, self.rows)
        self.bank = self._plain(dataset.train, self.bank_rows)

    @property
    def probe(self) -> Probe:
        """The images that are followed."""
        test = self.dataset.test
        labels = test.labels[self.rows] if test.labels is not None else None
        factors = {name: values[self.rows] for name, values in test.factors.items()}
        return Probe(np.asarray(test.images[self.rows]), labels, self.dataset.class_names, factors)

    def snapshot(self, step: int, seconds: float) -> Snapshot:
        """The probe set as it is seen now. Raises TrainingError where the weights are beyond repair."""
        h, z = self._embed(self.images)
        if not torch.isfinite(z).all():
            raise TrainingError(
                f"The embeddings are no finite numbers any more (step {step}): "
                "try a lower optimizer.learning_rate or a lower optimizer.weight_decay.",
                reason="nan",
            )
        z_1, z_2 = self._embed(self.view_1)[1], self._embed(self.view_2)[1]
        return Snapshot(step, h.numpy(), z.numpy(), self._insight(step, seconds, h, z, z_1, z_2))

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
        yield self._knn(features[: len(train)], train.labels, features[len(train) :], test.labels)

    def _insight(self, step: int, seconds: float, h: Tensor, z: Tensor, z_1: Tensor, z_2: Tensor) -> Insight:
        embeddings = z.numpy()
        std = collapse.feature_std(embeddings)
        rank = collapse.effective_rank(collapse.unit_rows(embeddings))
        limit, uniform = min(embeddings.shape), collapse.uniformity(embeddings)
        knn = self._live_knn(h)
        return Insight(
            step=step,
            seconds=seconds,
            verdict=collapse.verdict_after(step, std, rank, limit, uniform),
            feature_std=std,
            effective_rank=rank,
            rank_limit=limit,
            alignment=collapse.alignment(z_1.numpy(), z_2.numpy()),
            uniformity=uniform,
            knn_accuracy=knn.knn_accuracy,
            knn_protocol=knn.knn_protocol,
        )

    def _live_knn(self, h: Tensor) -> Evaluation:
        train, test = self.dataset.train.labels, self.dataset.test.labels
        if train is None or test is None:
            return Evaluation(None, "no labels")
        return self._knn(self._embed(self.bank)[0], train[self.bank_rows], h, test[self.rows])

    def _knn(
        self, bank: Tensor, bank_labels: NDArray[np.int64], queries: Tensor, query_labels: NDArray[np.int64]
    ) -> Evaluation:
        watch = self.config.watch
        votes = {"neighbours": min(watch.knn_neighbours, len(bank)), "temperature": watch.knn_temperature}
        accuracy = knn_accuracy(
            bank,
            torch.from_numpy(bank_labels),
            queries,
            torch.from_numpy(query_labels),
            **votes,  # type: ignore[arg-type]
        )
        return Evaluation(accuracy, knn_protocol(**votes, bank=len(bank), queries=len(queries)))  # type: ignore[arg-type]

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


def spread(count: int, wanted: int) -> NDArray[np.int64]:
    """Up to `wanted` of `count` rows, evenly spread, so that classes that are stored one after another all appear."""
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).round().astype(np.int64))

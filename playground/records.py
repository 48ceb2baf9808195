"""What a run emits while it goes on. Plain values and numpy arrays: no torch, no disks, no pages."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is that takes a while and is not training: reading images, downloading, evaluating."""

    phase: str  # in words, for a person: "reading images"
    done: int
    total: int  # 0 where it is not known


@dataclass(frozen=True, slots=True)
class Started:
    """Training begins: what it runs on, and the images that are followed all run long."""

    device: str  # in words: "CPU, 2 threads, bf16"
    parameters: int
    probe: "Probe"
    notes: tuple[str, ...] = ()  # what a person should know of how the images were read, one sentence each
    vocabulary: str = ""  # JSON of the words that a text encoder knows, see playground.text; "" where there is none
    trials: str = ""  # JSON of what sentences are tried on, see playground.data.sentences.benchmark_file; "" for images


@dataclass(frozen=True, slots=True)
class Probe:
    """The probe set: images that are never trained on where a test split exists, the same ones all run long.

    Where a run learns from texts, they stand in the place of images, or of their views, or of both.
    """

    images: NDArray[np.uint8]  # [n, side, side, 3]; [n, 0, 0, 3] where `texts` are followed
    labels: NDArray[np.int64] | None  # [n], None where the data has no classes
    class_names: tuple[str, ...]
    views: NDArray[np.uint8]  # [n, side, side, 3]: one augmented view of each image, its positive
    factors: dict[str, NDArray[np.float32]] = field(default_factory=dict)  # name -> [n], where known
    texts: tuple[str, ...] = ()  # [n], or none
    view_texts: tuple[str, ...] = ()  # [n], or none: each one's positive where that is a text, such as its caption


def digest_of(images: NDArray[np.uint8], texts: tuple[str, ...]) -> str:
    """SHA-256 of what a probe set follows, images and texts, in hex: sets with equal ones are the same."""
    known = hashlib.sha256(np.ascontiguousarray(images).tobytes())
    known.update("\0".join(texts).encode())
    return known.hexdigest()


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One optimizer step."""

    step: int  # 1 for the first
    epoch: float
    seconds: float  # of training, since the first step began
    loss: float
    learning_rate: float
    images_per_second: float  # source images, over the last steps
    progress: float  # share of the budget used, 0 to 1
    positive_similarity: float  # mean cosine of views of the same image
    negative_similarity: float | None  # mean cosine of different images, None where the method compares none
    temperature: float | None = None  # where it is now, None where it is not learned


@dataclass(frozen=True, slots=True)
class Geometry:
    """How one set of embeddings [n, d] lies in its space: the figures that the collapse detector judges by."""

    verdict: str  # see playground.insight.collapse.Verdict
    feature_std: float  # sqrt(d) * mean std of the unit rows: 1 is isotropic, 0 collapsed
    effective_rank: float  # RankMe of the unit rows, uncentred
    rank_limit: int  # min(n, d)
    uniformity: float


@dataclass(frozen=True, slots=True)
class Insight:
    """The figures of one snapshot."""

    step: int
    seconds: float
    h: Geometry
    z: Geometry
    alignment: float  # of z
    knn_accuracy: float | None  # on h, None without labels
    knn_accuracy_z: float | None
    knn_protocol: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The probe set as the encoder sees it after `step` steps, in evaluation mode."""

    step: int
    h: FloatArray  # [n, d_h]
    z: FloatArray  # [n, d_z], not normalised
    z_view: FloatArray  # [n, d_z]: of each image's augmented view
    insight: Insight


@dataclass(frozen=True, slots=True)
class Invariance:
    """How alike images and their changed copies are to the encoder, after `step` steps: whitened similarities."""

    step: int
    h: dict[str, list[float]]  # name of the change -> one figure for each strength
    z: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned: the state of encoder and projection head, and how pixels have to be scaled for them."""

    step: int
    arrays: dict[str, NDArray[np.generic]]  # "encoder.<key>", "projector.<key>", "mean" [3], "std" [3]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a run needs to go on from here as if it had never been away; the data follow from its config."""

    step: int
    seconds: float  # of training so far
    epoch: float  # how many times every image was seen so far
    arrays: dict[str, NDArray[np.generic]]  # "method.<key>", "optimizer.<parameter>.<key>", "random.<device>"
    facts: dict[str, Any]  # what JSON can hold: what it was made with, see playground.training.checkpoint


BEGINNING = Checkpoint(0, 0.0, 0.0, {}, {})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The last look: kNN accuracy with every training image in the bank and every test image as a query."""

    knn_accuracy: float | None  # None without labels
    knn_protocol: str
    figures: dict[str, float] = field(default_factory=dict)  # of what else was tried, by the names of the summary


Record = Progress | Started | StepMetrics | Snapshot | Invariance | Weights | Checkpoint | Evaluation

State = Literal["queued", "running", "stopping", "finished", "failed", "interrupted"]
Reason = Literal[
    "", "completed", "stopped", "time_limit",
    "nan", "oom", "bad_data", "no_device", "disk_full", "exception", "killed", "reboot",
]  # fmt: skip
ENDED: frozenset[State] = frozenset({"finished", "failed", "interrupted"})


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a run stands. A terminal state is left only where a person resumes the run, as its next attempt."""

    state: State
    created: float  # seconds since 1970
    reason: Reason = ""
    message: str = ""  # one sentence for a person
    attempt: int = 1  # one more each time that the run is resumed
    phase: str = ""  # what it does now, in words
    phase_progress: float | None = None  # 0 to 1
    started: float | None = None
    ended: float | None = None
    pid: int | None = None
    device: str = ""
    parameters: int = 0
    notes: tuple[str, ...] = ()  # as Started has them
    summary: dict[str, object] | None = None  # once ended: the object that the command line prints

"""The records that a run emits while it goes on: plain values and numpy arrays, without torch, files or pages."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Images = NDArray[np.uint8]  # [n, side, side, 3], RGB
Labels = NDArray[np.int64]  # [n], class ids from 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a long task other than training: reading images, downloading, evaluating."""

    phase: str  # in words, for a person: "reading images"
    done: int
    total: int  # 0 where it is not known


@dataclass(frozen=True, slots=True)
class Started:
    """Emitted once, when training begins: device, number of parameters and the probe set."""

    device: str  # in words: "CPU, 2 threads, bf16"
    parameters: int
    probe: "Probe"
    notes: tuple[str, ...] = ()  # what a person should know of how the images were read, one sentence each
    vocabulary: str = ""  # JSON of the words of a text encoder, see playground.vocabulary; "" where there is none
    benchmarks: str = (
        ""  # JSON of what sentences are tried on, see playground.data.sentences.benchmark_file; "" for images
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """The probe set: n fixed images that are embedded at every snapshot, from the test split where there is one.

    Where a run learns from texts, `texts` replace the images, the views, or both.
    """

    images: NDArray[np.uint8]  # [n, side, side, 3]; [n, 0, 0, 3] where `texts` are followed
    labels: NDArray[np.int64] | None  # [n], None where the data has no classes
    class_names: tuple[str, ...]
    views: NDArray[np.uint8]  # [n, side, side, 3]: one augmented view of each image, its positive
    factors: dict[str, NDArray[np.float32]] = field(default_factory=dict)  # name -> [n], where known
    texts: tuple[str, ...] = ()  # [n], or none
    view_texts: tuple[str, ...] = ()  # [n], or none: the positives where these are texts, such as captions


def probe_digest(images: NDArray[np.uint8], texts: tuple[str, ...]) -> str:
    """SHA-256, in hex, of the images [n, side, side, 3] and texts of a probe set, by which equal sets are known."""
    known = hashlib.sha256(np.ascontiguousarray(images).tobytes())
    known.update("\0".join(texts).encode())
    return known.hexdigest()


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """Figures of one optimizer step."""

    step: int  # 1 for the first
    epoch: float
    seconds: float  # of training, since the first step began
    loss: float
    learning_rate: float
    images_per_second: float  # source images, over the last steps
    progress: float  # share of the budget used, 0 to 1
    positive_similarity: float  # mean cosine of views of the same image
    negative_similarity: float | None  # mean cosine of different images, None where the method compares none
    temperature: float | None = None  # its present value, None where it is not learned


@dataclass(frozen=True, slots=True)
class Geometry:
    """Spread and rank of one set of embeddings [n, d]: the inputs of the collapse detector, and its verdict."""

    verdict: str  # see playground.insight.collapse.Verdict
    feature_std: float  # sqrt(d) * mean std of the unit rows: 1 is isotropic, 0 collapsed
    effective_rank: float  # RankMe of the unit rows, uncentred
    rank_limit: int  # min(n, d)
    uniformity: float


@dataclass(frozen=True, slots=True)
class Insight:
    """Quality figures of one snapshot."""

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
    """Embeddings of the probe set after `step` steps, in evaluation mode."""

    step: int
    h: FloatArray  # [n, d_h]
    z: FloatArray  # [n, d_z], not normalised
    z_view: FloatArray  # [n, d_z]: of each image's augmented view
    insight: Insight


@dataclass(frozen=True, slots=True)
class Invariance:
    """Whitened similarities of images and their perturbed copies after `step` steps."""

    step: int
    h: dict[str, list[float]]  # name of the perturbation -> one similarity for each strength
    z: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Weights:
    """Learned weights: the state of encoder and projection head, with the pixel mean and std that they expect."""

    step: int
    arrays: dict[str, NDArray[np.generic]]  # "encoder.<key>", "projector.<key>", "mean" [3], "std" [3]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Complete training state after `step` steps, enough to resume exactly; the data follow from the config."""

    step: int
    seconds: float  # of training so far
    epoch: float  # passes over the training set so far
    arrays: dict[str, NDArray[np.generic]]  # "method.<key>", "optimizer.<parameter>.<key>", "random.<device>"
    facts: dict[str, Any]  # JSON values: versions and shapes it was made with, see playground.training.checkpoint


BEGINNING = Checkpoint(0, 0.0, 0.0, {}, {})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Final evaluation: kNN accuracy with every training image in the bank and every test image as a query."""

    knn_accuracy: float | None  # None without labels
    knn_protocol: str
    figures: dict[str, float] = field(default_factory=dict)  # further metrics, by their key in the run's summary


Record = Progress | Started | StepMetrics | Snapshot | Invariance | Weights | Checkpoint | Evaluation

State = Literal["queued", "running", "stopping", "finished", "failed", "interrupted"]
Reason = Literal[
    "", "completed", "stopped", "time_limit",
    "nan", "oom", "bad_data", "no_device", "disk_full", "exception", "killed", "reboot",
]  # fmt: skip
ENDED: frozenset[State] = frozenset({"finished", "failed", "interrupted"})


@dataclass(frozen=True, slots=True)
class RunStatus:
    """State of a run as stored in `status.json`. Only resuming leaves a terminal state, as the next attempt."""

    state: State
    created: float  # seconds since 1970
    reason: Reason = ""
    message: str = ""  # one sentence for a person
    attempt: int = 1  # counts up each time that the run is resumed
    phase: str = ""  # present activity, in words
    phase_progress: float | None = None  # 0 to 1
    started: float | None = None
    ended: float | None = None
    pid: int | None = None
    device: str = ""
    parameters: int = 0
    notes: tuple[str, ...] = ()  # as in Started
    summary: dict[str, object] | None = None  # set when the run ends: the object that the command line prints
    spent: float = 0.0  # seconds that earlier attempts took: the time limit is one for all attempts

"""RunConfig: all settings of one run."""

from typing import Any, Literal, Self

from pydantic import model_validator

from playground.config.augmentations import ViewsConfig
from playground.config.compatibility import misfit, too_small
from playground.config.data import AnyData, ShapesConfig
from playground.config.defaults import with_suggestions
from playground.config.encoder import AnyEncoder, SmallConfig
from playground.config.methods import AnyMethod, SimCLRConfig
from playground.config.settings import Settings, is_none_text, setting


class OptimizerConfig(Settings):
    """An optimizer with a linear warm-up and a cosine decay over the budget."""

    name: Literal["adamw", "muon", "sgd"] = setting(
        "adamw",
        title="Optimizer",
        help="AdamW learns faster on a short budget than SGD, which published recipes for ResNet-18 take. "
        "Muon moves each layer's weights in all directions alike and learns faster still from photographs.",
        source="measured on CIFAR-10, small encoder, 60 s",
        labels={"adamw": "AdamW", "muon": "Muon", "sgd": "SGD with momentum"},
        advanced=True,
    )
    learning_rate: float = setting(
        0.004,
        title="Learning rate",
        help="How large the steps of the optimizer are.",
        source="measured on CIFAR-10, small encoder, 60 s",
        logarithmic=True,
        ge=1e-6,
        le=10.0,
    )
    momentum: float = setting(
        0.9,
        title="Optimizer's momentum",
        help="How much of the last steps goes on in the next one.",
        source="SimSiam, MoCo, lightly on CIFAR-10 (0.9)",
        advanced=True,
        when=("name", "sgd", "muon"),
        ge=0.0,
        le=0.999,
    )
    weight_decay: float = setting(
        1e-4,
        title="Weight decay",
        help="How strongly weights are pulled towards zero.",
        source="measured on CIFAR-10, small encoder, 60 s",
        advanced=True,
        logarithmic=True,
        ge=0.0,
        le=1.0,
    )
    warmup_steps: int = setting(
        50,
        title="Warm-up steps",
        help="Over how many steps the learning rate rises from zero.",
        source="measured on CIFAR-10, small encoder, 60 s",
        advanced=True,
        ge=0,
        le=100_000,
    )


class BudgetConfig(Settings):
    """Limits of a run, which ends at the first that is reached; without any, after 60 seconds."""

    seconds: float | None = setting(
        None, title="Seconds", help="End after this many seconds of training.", ge=0.1, le=30 * 86400.0
    )
    steps: int | None = setting(
        None,
        title="Steps",
        help="End after this many steps; 0 only looks at the untrained encoder.",
        ge=0,
        le=100_000_000,
    )
    epochs: int | None = setting(
        None, title="Epochs", help="End after seeing each image or sentence this many times.", ge=1, le=1_000_000
    )

    @model_validator(mode="before")
    @classmethod
    def _sixty_seconds(cls, given: Any) -> Any:
        if isinstance(given, dict) and all(is_none_text(value) for value in given.values()):
            return {"seconds": 60.0}
        return given


class WatchConfig(Settings):
    """Settings of the measurements during a run. None of them changes the training."""

    probe_size: int = setting(
        1000,
        title="Probe size",
        help="How many images or sentences are followed on the map and searched for hard negatives, the same ones all "
        "run long.",
        advanced=True,
        ge=16,
        le=5000,
    )
    snapshots: int = setting(
        60,
        title="Pictures",
        help="About how many times during the run those of the probe are looked at; 2 is the start and the end only.",
        advanced=True,
        ge=2,
        le=1000,
    )
    knn_neighbours: int = setting(
        20,
        title="kNN: neighbours",
        help="How many training images or sentences vote on the class of one of the test set.",
        source="solo-learn (k=20, T=0.07)",
        advanced=True,
        ge=1,
        le=1000,
    )
    knn_temperature: float = setting(
        0.07,
        title="kNN: temperature",
        help="How much more a nearer neighbour's vote counts.",
        source="Wu et al., arXiv:1805.01978",
        advanced=True,
        ge=0.001,
        le=10.0,
    )


class RunConfig(Settings):
    """All settings of one run: written to `config.json`, and enough to repeat the run."""

    data: AnyData = setting(
        ShapesConfig(), title="Data", help="What to learn from: images, images that say what they show, or sentences."
    )
    method: AnyMethod = setting(
        SimCLRConfig(),
        title="Method",
        help="How the encoder is taught: without labels, except where the name says that it uses them.",
    )
    recipe: Literal["small", "published"] = setting(
        "small",
        title="Recipe",
        help="Where all other settings start from: what learns within a minute on a CPU, or what was published for "
        "ResNet-18 and 200 epochs, which takes a GPU.",
        labels={"small": "quick (small encoder, CPU)", "published": "as published (ResNet-18, GPU)"},
    )
    views: ViewsConfig = ViewsConfig()
    encoder: AnyEncoder = setting(
        SmallConfig(), title="Encoder", help="The network that turns an image or a sentence into h.", advanced=True
    )
    batch_size: int = setting(
        256,
        title="Batch size",
        help="How many images or sentences are looked at together in a step: with most methods, more negatives.",
        source="measured on CIFAR-10, small encoder, 60 s",
        logarithmic=True,
        ge=2,
        le=8192,
    )
    microbatch: int = setting(
        1024,
        title="Microbatch",
        help="At most this many views pass through the encoder at a time: a larger batch is cut up to save memory and "
        "keeps all its negatives. The gradient is that of the whole batch, batch statistics are those of each part.",
        source="gradient caching, arXiv:2101.06983",
        advanced=True,
        logarithmic=True,
        ge=16,
        le=16384,
    )
    optimizer: OptimizerConfig = OptimizerConfig()
    budget: BudgetConfig = BudgetConfig(seconds=60.0)
    seed: int = setting(
        0, title="Seed", help="The same seed gives the same weights, batches and views again.", ge=0, le=2**31 - 1
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = setting(
        "auto", title="Device", help="Where to compute: auto takes a GPU where there is one.", advanced=True
    )
    precision: Literal["auto", "fp32", "bf16"] = setting(
        "auto",
        title="Precision",
        help="bf16 is about twice as fast where the processor has it; auto takes it there.",
        advanced=True,
    )
    watch: WatchConfig = WatchConfig()

    @model_validator(mode="before")
    @classmethod
    def _suggest(cls, given: Any) -> Any:
        return _with_names(with_suggestions(given)) if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = {"data": self.data.name, "method": self.method.name, "encoder": self.encoder.name}
        method, batch_size = self.method, self.batch_size
        if sentence := misfit(names) or too_small(method, batch_size) or method.misfit(batch_size):
            raise ValueError(sentence)
        return self


def _with_names(given: dict[str, Any]) -> dict[str, Any]:
    """Adds the default `name` to groups that have none: `method.temperature=0.2` alone is SimCLR's."""
    defaults = {"data": "shapes", "method": "simclr", "encoder": "small"}
    groups = {key: value for key, value in given.items() if key in defaults and isinstance(value, dict)}
    return given | {key: {"name": defaults[key], **group} for key, group in groups.items()}

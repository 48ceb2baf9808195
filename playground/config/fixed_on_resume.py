"""Which settings a run keeps that goes on from a checkpoint: what its images, its networks and its probe set are."""

from playground.config.diff import differences
from playground.config.run import RunConfig

KEPT_GROUPS = ("data", "encoder")
KEPT = (
    "method.name",
    "recipe",
    # What decides how many numbers a method's state has.
    "method.hidden_dim",
    "method.projection_dim",
    "method.projector_layers",
    "method.prediction_head",
    "method.predictor_dim",
    "method.batch_norm",
    "method.queue_size",
    "method.learn_temperature",
    "method.text_width",
    "method.text_layers",
    "method.text_heads",
    "method.words",
    "method.length",
    "watch.probe_size",
)


def kept_settings(before: RunConfig, after: RunConfig) -> list[str]:
    """The settings that differ though a run which goes on keeps them, by dotted key; those that bring others first.

    A temperature that is learned goes on from where learning has moved it.
    """
    learned = ("method.temperature",) if getattr(after.method, "learn_temperature", False) else ()
    changed = [
        key for key in differences([before, after]) if key in (*KEPT, *learned) or key.partition(".")[0] in KEPT_GROUPS
    ]
    bringing = ("recipe", "data.name", "encoder.name", "method.name")
    return sorted(changed, key=lambda key: bringing.index(key) if key in bringing else len(bringing))

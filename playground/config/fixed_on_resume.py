"""Settings that cannot change when a run resumes from a checkpoint: those of data, networks and probe set."""

from playground.config.diff import differences
from playground.config.run import RunConfig

FIXED_GROUPS = ("data", "encoder")
FIXED = (
    "method.name",
    "recipe",
    # These determine the shapes of the method's state.
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


def changed_fixed_settings(before: RunConfig, after: RunConfig) -> list[str]:
    """Settings, by dotted key, that differ though they are fixed; names that determine further settings come first.

    A learned temperature is fixed as well: it continues from its learned value.
    """
    learned = ("method.temperature",) if getattr(after.method, "learn_temperature", False) else ()
    changed = [
        key
        for key in differences([before, after])
        if key in (*FIXED, *learned) or key.partition(".")[0] in FIXED_GROUPS
    ]
    first = ("recipe", "data.name", "encoder.name", "method.name")
    return sorted(changed, key=lambda key: first.index(key) if key in first else len(first))

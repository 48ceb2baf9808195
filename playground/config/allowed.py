"""Types of paths and configs that were checked: whoever reads a disk or starts a run takes these, and no others.

A path that a person named is a `str`, in a URL, a form or a stored choice. `Workspace.allow_path` and `allow_config`
compare it with what this person may read; only what they return has these types, so that mypy refuses an unchecked one.
"""

from typing import NewType

from playground.config.run import RunConfig

AllowedPath = NewType("AllowedPath", str)
AllowedConfig = NewType("AllowedConfig", RunConfig)


def trust_config(config: RunConfig) -> AllowedConfig:
    """The config of a run that was checked when it was submitted, or of a person's own machine and command line."""
    return AllowedConfig(config)

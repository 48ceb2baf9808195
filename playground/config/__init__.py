"""Settings of a run: classes, parsing, defaults. Imports neither torch nor Streamlit."""

from playground.config.parse import ConfigError, parse
from playground.config.run import RunConfig

__all__ = ["ConfigError", "RunConfig", "parse"]

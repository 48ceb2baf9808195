"""Everything that a person can choose about a run. Free of torch and of Streamlit."""

from playground.config.parse import ConfigError, parse
from playground.config.run import RunConfig

__all__ = ["ConfigError", "RunConfig", "parse"]

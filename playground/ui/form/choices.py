"""What a person chose, and what is suggested for everything else. `form` draws it, the page's address keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.config import ConfigError, RunConfig, parse
from playground.config.chosen_settings import DEFAULT, suggested_beside
from playground.config.compatibility import fitting
from playground.config.dotted import same
from playground.ui.session.state import session

AS_TRAIN = "as on the Train page"  # where other pages ask for images
LIMITS = ("budget.seconds", "budget.epochs", "budget.steps")


@dataclass(slots=True)
class Choices:
    """One session's choices, by dotted key. What was not chosen is as suggested."""

    given: dict[str, Any] = field(default_factory=dict)
    # (group, member) -> its settings while another member is chosen: a margin means one thing here, another there.
    aside: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def suggested(self) -> dict[str, Any]:
        """What every control starts from."""
        return suggested_beside(self.given)

    def lead(self, key: str, value: str) -> None:
        """Choose one of LEADING. The settings of another method or data set are kept for when it comes back."""
        before = str(self.given.get(key, DEFAULT[key]))
        self.given[key] = value
        group, _, name = key.rpartition(".")
        if group and value != before:
            own = [other for other in self.given if other.startswith(f"{group}.") and other != f"{group}.{name}"]
            self.aside[group, before] = {other: self.given.pop(other) for other in own}
            self.given.update(self.aside.pop((group, value), {}))
        if key == "data.name":
            self._leave_what_does_not_belong(value)

    def _leave_what_does_not_belong(self, data_name: str) -> None:
        """Of methods and encoders of images where sentences are learned from, and the other way round."""
        for group in ("method", "encoder"):
            name = self.given.get(f"{group}.name")
            if name is not None and name not in fitting(group, data_name):
                for key in [key for key in self.given if key.startswith(f"{group}.")]:
                    del self.given[key]

    def take(self, key: str, value: Any, suggested: Mapping[str, Any]) -> None:
        """What a control says now. Left alone, a choice stays one, even where just this is suggested for a while."""
        if not same(value, self.given.get(key, suggested[key])):
            self.given.pop(key, None)
            if not same(value, suggested[key]):
                self.given[key] = value

    def take_limit(self, key: str, amount: Any, shown: Mapping[str, Any], suggested: Mapping[str, Any]) -> None:
        """The same for when the run ends: at one limit, which puts the others out of force."""
        for other in LIMITS:
            if other != key or amount != shown[key]:
                self.given.pop(other, None)
        if amount != shown[key] and amount != suggested[key]:
            self.given[key] = amount

    def belonging(self, suggested: Mapping[str, Any]) -> dict[str, Any]:
        """The choices that the chosen encoder has, too; those of another are kept for when it comes back."""
        return {key: value for key, value in self.given.items() if key in suggested}

    def fitting(self, suggested: Mapping[str, Any]) -> RunConfig:
        """The run; where choices do not fit together, of one after the other as many as do."""
        chosen = self.belonging(suggested)
        try:
            return parse(chosen)
        except ConfigError:
            return parse(_as_far_as_they_fit(chosen))


def on_train_page() -> Choices:
    """What this session has chosen there so far."""
    return session().find(Choices) or Choices()


def settings_of_images(name: str) -> dict[str, Any]:
    """By dotted key: those of the data set `name` as suggested, or of AS_TRAIN as chosen there."""
    if name != AS_TRAIN:
        return {"data.name": name}
    chosen = {key: value for key, value in on_train_page().given.items() if key.startswith("data.")}
    return {"data.name": DEFAULT["data.name"], **chosen}


def _as_far_as_they_fit(chosen: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in chosen.items():
        try:
            parse({**kept, key: value})
        except ConfigError:
            continue
        kept[key] = value
    return kept

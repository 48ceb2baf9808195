"""Sentences go with methods and encoders of sentences, images with those of images."""

import pytest

from playground.config import ConfigError, parse
from playground.config.compatibility import compatible_names, is_for_images
from playground.config.encoder import TransformerConfig
from tests.config.choices import DATA, EVERY_DATA, EVERY_METHOD, METHODS

SENTENCES = sorted(EVERY_DATA.keys() - DATA.keys())


def test_everything_is_for_one_of_them() -> None:
    assert SENTENCES == ["corpus", "sentences"]
    assert EVERY_METHOD.keys() - METHODS.keys() == {"simcse"}
    assert [name for name in EVERY_DATA if is_for_images("data", name)] == list(DATA)
    assert compatible_names("method", "shapes") == tuple(METHODS)
    assert compatible_names("method", "corpus") == ("simcse",)
    assert compatible_names("encoder", "corpus") == ("transformer",)
    assert "transformer" not in compatible_names("encoder", "digits")


@pytest.mark.parametrize(
    "given",
    [
        {"method.name": "simcse"}, {"data.name": "corpus"}, {"encoder.name": "transformer"}, {"encoder.layers": 3, "data.name": "corpus"},
        {"method.name": "simcse", "data.count": 500}, {"encoder": TransformerConfig(layers=3)},
        {"data.name": "sentences", "recipe": "published"},
    ],
)  # fmt: skip
def test_who_names_one_gets_the_others(given: dict[str, object]) -> None:
    config = parse(given)
    assert (config.method.name, config.encoder.name) == ("simcse", "transformer")
    assert config.data.name in SENTENCES
    again = parse(config.model_dump())
    assert again == config


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"data.name": "corpus", "method.name": "byol"}, "method.name: byol was given, which learns from images, but data.name: corpus are sentences; allowed with these is simcse."),
        ({"data.name": "digits", "encoder.name": "transformer"}, "encoder.name: transformer was given, which reads sentences, but data.name: digits are images; allowed with these is small, resnet18."),
        ({"data.name": "corpus", "encoder.name": "small"}, "encoder.name: small was given, which reads images, but data.name: corpus are sentences; allowed with these is transformer."),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_one_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(given)
    assert sentence in str(caught.value) or "learns from sentences" in str(caught.value)

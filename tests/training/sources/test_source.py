"""What a run learns from: images and captions as the network takes them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from playground import data
from playground.config import RunConfig
from playground.config.allowed import trust_config
from playground.data import DataError, Dataset, Split
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.embed_texts import TextReader
from playground.inference.pixels import normalized_pixels
from playground.records import Snapshot, Started, Weights
from playground.training.batches import Batch
from playground.training.sources import ImageSource, Source, TwoViewImages, load_source
from playground.training.sources.captioned_images import CaptionedImages
from playground.training.train import train
from playground.vocabulary import PADDING_ID, Vocabulary
from tests.training.tiny import SENTENCES, tiny

CPU = Device(torch.device("cpu"), bf16=False)
CLIP = {"method__name": "clip", "data__count": 128, "watch__probe_size": 32, "batch_size": 32}


def source(config: RunConfig) -> Source:
    return data.run_to_end(load_source(config, home=Path("unused")))


def captioned(**changes: object) -> CaptionedImages:
    found = source(tiny(**{**CLIP, **changes}))
    assert isinstance(found, CaptionedImages)
    return found


def texts_of(found: CaptionedImages, tokens: torch.Tensor) -> list[list[str]]:
    """Ids back to words."""
    return [[found.words.words[number - 2] for number in row.tolist() if number != PADDING_ID] for row in tokens]


@pytest.mark.parametrize(
    ("config", "of_images"), [(tiny(), True), (tiny(**CLIP), True), (tiny(SENTENCES, method__name="simcse"), False)]
)
def test_its_type_says_whether_there_are_images(config: RunConfig, of_images: bool) -> None:
    found = source(config)
    assert isinstance(found, ImageSource) == of_images
    assert isinstance(found.dataset, Dataset) == of_images


def test_methods_of_images_get_images_alone() -> None:
    found = source(tiny())
    assert type(found) is TwoViewImages
    assert found.vocabulary == ""
    view_1, view_2 = found.views(CPU)(Batch(0, np.arange(5)))
    assert view_1.shape == view_2.shape == (5, 3, 32, 32)


def test_an_image_stands_beside_one_of_its_own_captions() -> None:
    found = captioned()
    rows = np.array([7, 3, 90])
    for epoch in range(3):
        view, tokens = found.views(CPU)(Batch(epoch, rows))
        assert view.shape == (3, 3, 32, 32)
        for row, words in zip(rows, texts_of(found, tokens), strict=True):
            own = [text.replace(",", "").split() for text in found.dataset.train.captions[int(row)]]
            assert words in own


def test_the_wording_follows_from_seed_epoch_and_image_alone() -> None:
    found = captioned()

    def words(rows: list[int], epoch: int = 4) -> list[list[str]]:
        return texts_of(found, found.tokens_of(Batch(epoch, np.array(rows))))

    together = words([5, 9, 60])
    assert words([60, 5]) == [together[2], together[0]]
    assert len({tuple(words([5], epoch)[0]) for epoch in range(30)}) > 3
    other = captioned(seed=1)
    assert [texts_of(other, other.tokens_of(Batch(4, np.arange(50))))] != [words(list(range(50)))]


def test_ids_are_cut_to_the_longest_text_of_the_batch() -> None:
    found = captioned()
    tokens = found.tokens_of(Batch(0, np.arange(20)))
    assert (tokens[:, -1] != PADDING_ID).any()
    assert tokens.dtype == torch.int64


def test_what_is_followed_is_images_and_their_first_captions() -> None:
    found = captioned()
    rows = np.array([0, 5, 11])
    followed = found.probe_inputs(rows, slice(None, None, 2))
    images = normalized_pixels(found.dataset.test.images[rows], found.mean, found.std)
    torch.testing.assert_close(followed.unaugmented, images)
    torch.testing.assert_close(followed.other, images[::2])
    probe = found.probe(rows, followed.view)
    assert probe.view_texts == tuple(found.dataset.test.captions[int(row)][0] for row in rows)
    assert (probe.texts, probe.images.shape) == ((), (3, 32, 32, 3))
    assert texts_of(found, followed.view)[1] == probe.view_texts[1].replace(",", "").split()


def test_words_of_test_captions_alone_are_unknown() -> None:
    images = np.zeros((6, 32, 32, 3), np.uint8)
    images[:, ::2] = np.arange(6, dtype=np.uint8)[:, None, None, None] * 40
    train_split = Split(images[:4], None, captions=(("a cat",),) * 4)
    dataset = Dataset("pets", train_split, Split(images[4:], None, captions=(("a dog",),) * 2), ())
    found = CaptionedImages(tiny(**CLIP), dataset)
    assert found.words.unknown("a dog") == ["dog"]


def test_a_run_says_its_words_and_looks_at_images_beside_captions(tmp_path: Path) -> None:
    config = tiny(**CLIP, budget__steps=3, watch__snapshots=2)
    records = list(train(config, home=tmp_path))
    (started,) = (record for record in records if isinstance(record, Started))
    snapshots = [record for record in records if isinstance(record, Snapshot)]
    (weights,) = (record for record in records if isinstance(record, Weights))
    vocabulary = Vocabulary.from_json(started.vocabulary)
    assert vocabulary.unknown(started.probe.view_texts[0]) == []
    assert {name.partition(".")[0] for name in weights.arrays} == {
        "encoder", "projector", "text_encoder", "text_projector", "mean", "std",
    }  # fmt: skip
    # What a person types later is embedded as the captions were.
    reader = TextReader(config, weights.arrays, vocabulary)
    _, z = reader.embed(started.probe.view_texts)
    np.testing.assert_allclose(z, snapshots[-1].z_view, rtol=0.05, atol=0.02)  # which were in bf16 where there is one
    assert reader.embed(["a purple thing"])[1].shape == (1, config.method.projection_dim)


def test_without_classes_and_captions_there_is_no_run(tmp_path: Path) -> None:
    from tests.data.pictures import image_bytes

    for number in range(40):
        (tmp_path / f"{number}.png").write_bytes(image_bytes((number, 0, 0)))
    config = tiny({}, data__name="folder", data__path=str(tmp_path), method__name="clip", batch_size=8)
    with pytest.raises(DataError, match="neither captions nor classes"):
        data.check_run(trust_config(config), home=tmp_path)


def test_other_words_than_then_are_refused(tmp_path: Path) -> None:
    from playground.inference.errors import TrainingError
    from playground.records import Checkpoint
    from playground.training.checkpoint import resume_from
    from playground.training.step import Stepper

    config = tiny(**CLIP, budget__steps=2)
    last = [record for record in train(config, home=tmp_path) if isinstance(record, Checkpoint)][-1]
    stepper = Stepper(config, build_method(config, CPU), CPU)
    assert resume_from(stepper, last, last.facts) == []
    with pytest.raises(TrainingError, match="The texts have changed"):
        resume_from(stepper, last, last.facts | {"words": "others"})

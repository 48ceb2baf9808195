"""What every augmentation promises: one entry, from which both executors, the words and the form follow."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.config.augmentation import Augmentation
from playground.config.augmentations import ViewsConfig
from playground.config.schema import Entry, entries
from playground.ui.panels.augment.words import UNCHANGED_VIEW, policy_words, view_words
from playground.views import OPERATIONS, Parameters, augment_images, batched, draw_parameters, kernel
from playground.views.operations import ENTRIES, Operation, PixelOperation, order_entries
from tests.views.conftest import Reference
from tests.views.references import REFERENCES
from tests.views.specimens import fields
from tests.views.test_fused import PLAIN, TOLERANCE, pictures
from tests.waiting import NoWaiting

N, SIDE = 48, 32
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
every_pixel_operation = pytest.mark.parametrize(
    "operation", [entry for entry in OPERATIONS if isinstance(entry, PixelOperation)], ids=lambda entry: entry.name
)


def policy(operation: Operation, probability: float) -> ViewsConfig:
    """Nothing but this operation, so often, in every view."""
    alone = ViewsConfig().only(operation.name)
    group = alone.augmentations()[operation.name].off().model_copy(update={"probability": probability})
    return alone.model_copy(update={operation.name: group})


def drawn(operation: Operation, probability: float, side: int = SIDE, view: int = 0) -> Parameters:
    return draw_parameters(policy(operation, probability), seed=3, epoch=1, indices=np.arange(N), view=view, side=side)


def on_the_cpu(images: NDArray[np.uint8], parameters: Parameters) -> NDArray[np.float32]:
    return augment_images(images, np.arange(len(images)), parameters, images.shape[1], **PLAIN)


def in_a_batch(images: NDArray[np.uint8], parameters: Parameters) -> NDArray[np.float32]:
    there, side = torch.from_numpy(images), images.shape[1]
    return batched.augment_batch(there, np.arange(len(images)), parameters, side, **PLAIN).permute(0, 2, 3, 1).numpy()


def settings_of(operation: Operation) -> list[Entry]:
    return [entry for entry in entries(RunConfig()) if entry.key.startswith(f"views.{operation.name}.")]


# The settings and the words.


def test_every_augmentation_of_the_form_has_its_entry_in_the_same_order() -> None:
    assert [operation.name for operation in OPERATIONS] == list(ViewsConfig.model_fields)


@every_operation
def test_its_settings_are_explained_and_its_frequency_has_a_source(operation: Operation) -> None:
    group, listed = ViewsConfig().augmentations()[operation.name], settings_of(operation)
    assert isinstance(group, Augmentation)
    first = listed[0]
    assert (first.key, first.low, first.high) == (f"views.{operation.name}.probability", 0, 1)
    assert first.source
    assert len({entry.title for entry in listed}) == len(listed)
    for entry in listed:
        assert entry.title.partition(":")[0].strip()
        assert re.fullmatch(r"[A-Z].*\.", entry.help, re.DOTALL), entry.key


@every_operation
def test_a_policy_says_it_where_it_is_used_and_only_there(operation: Operation) -> None:
    word = ViewsConfig().augmentations()[operation.name].word
    assert policy_words(policy(operation, 1.0)).lower().startswith(f"{word} always")
    assert policy_words(policy(operation, 0.25)).lower().startswith(f"{word} 25 %")
    assert policy_words(policy(operation, 0.0)).startswith("No augmentation")


@every_operation
def test_a_view_says_it_where_it_is_done_and_only_there(operation: Operation) -> None:
    always, never = drawn(operation, 1.0), drawn(operation, 0.0)
    assert {view_words(never, i, SIDE) for i in range(N)} == {UNCHANGED_VIEW}
    told = [view_words(always, i, SIDE) for i in range(N)]
    assert sum(words != UNCHANGED_VIEW for words in told) > 0.9 * N  # a crop may be of the whole image


# What is drawn.


@every_operation
def test_every_field_is_drawn_and_no_other(operation: Operation) -> None:
    config = policy(operation, 1.0)
    from playground.views.random_numbers import Draws, sample_keys

    draws = Draws(sample_keys(3, 1, np.arange(N), 0), operation.stream, 1.0, SIDE, SIDE)
    found = operation.draw_fields(config.augmentations()[operation.name], draws)
    assert found.keys() == set(operation.record.names or ())
    assert {len(values) for values in found.values()} == {N}


@every_operation
def test_it_draws_for_itself_alone(operation: Operation) -> None:
    never, always = fields(drawn(operation, 0.0)), fields(drawn(operation, 1.0))
    different = {name for name in never if not np.array_equal(never[name], always[name])}
    assert different
    assert all(name.startswith(f"{operation.name}.") for name in different)


# The executors.


@pytest.mark.parametrize("side", [2, 17, SIDE, 64])
@every_operation
def test_both_executors_equal_its_reference(operation: Operation, side: int, reference: Reference) -> None:
    assert operation.name in REFERENCES, f"{operation.name} has no reference in tests/views/references.py"
    images, parameters = pictures(N, side), drawn(operation, 1.0, side)
    expected = reference(images, parameters)
    np.testing.assert_allclose(on_the_cpu(images, parameters), expected, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(in_a_batch(images, parameters), expected, rtol=0, atol=TOLERANCE)


@every_operation
def test_it_changes_a_view_where_it_is_on(operation: Operation) -> None:
    images = pictures(N, SIDE)
    changed = on_the_cpu(images, drawn(operation, 1.0)) != on_the_cpu(images, drawn(operation, 0.0))
    assert changed.any(axis=(1, 2, 3)).mean() > 0.5  # of black and white images it changes none


@every_operation
def test_switched_off_it_is_the_identity(operation: Operation) -> None:
    images, parameters = pictures(N, SIDE), drawn(operation, 0.0)
    for views in (on_the_cpu(images, parameters), in_a_batch(images, parameters)):
        np.testing.assert_allclose(views, images / 255, rtol=0, atol=1e-6)


@every_pixel_operation
def test_whether_it_is_used_is_said_of_one_view_as_of_many(operation: PixelOperation) -> None:
    found = np.asarray(operation.used(drawn(operation, 0.5)[operation.name]))
    assert found.dtype == np.bool_
    assert 0 < found.sum() < N
    assert [bool(operation.used(one[operation.name])) for one in drawn(operation, 0.5)] == found.tolist()
    assert operation.used(drawn(operation, 1.0)[operation.name]).all()
    assert not operation.used(drawn(operation, 0.0)[operation.name]).any()


@every_pixel_operation
def test_on_a_gpu_it_costs_nothing_where_no_sample_uses_it_and_waits_for_nothing(operation: PixelOperation) -> None:
    assert executed(operation, 0.0) == executed(OPERATIONS[0], 0.0)
    assert len(executed(operation, 1.0)) > len(executed(operation, 0.0))


def executed(operation: Operation, probability: float) -> list[str]:
    images, parameters = torch.from_numpy(pictures(N, SIDE)), drawn(operation, probability)
    with NoWaiting() as mode:
        batched.augment_batch(images, np.arange(N), parameters, SIDE, **PLAIN)
    return mode.operations


# A part that is missing.


@pytest.mark.parametrize(
    ("given", "settings", "sentence"),
    [
        (ENTRIES[:-1], ViewsConfig.model_fields, "The augmentation cutout has settings, but no entry in views.operations.ENTRIES."),
        (ENTRIES, list(ViewsConfig.model_fields)[:-1], "The augmentation cutout has an entry, but no settings in config.augmentations.ViewsConfig."),
        ((*ENTRIES[:-1], replace(ENTRIES[-1], stream=0)), ViewsConfig.model_fields, "The augmentations crop and cutout share random stream 0."),
        ((*ENTRIES[:-1], replace(ENTRIES[1], name="cutout", stream=8)), ViewsConfig.model_fields, "The augmentation cutout has no pixel work: its entry is to be a PixelOperation."),
    ],
)  # fmt: skip
def test_a_missing_part_is_named(given: Any, settings: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        order_entries(given, settings)


def test_an_entry_without_one_of_its_parts_is_named() -> None:
    with pytest.raises(TypeError, match="'batch_steps'"):
        PixelOperation(  # type: ignore[call-arg]
            name="cutout",
            stream=9,
            record=ENTRIES[-1].record,
            draw_fields=ENTRIES[-1].draw_fields,
            describe=ENTRIES[-1].describe,
            used=bool,
            fused=None,
        )


def test_the_cache_of_compiled_code_knows_every_file_it_is_compiled_from(tmp_path: Path) -> None:
    """numba looks at the file of the function that it stores, and at what that closes over."""
    (tmp_path / "operations").mkdir()
    files = [tmp_path / "kernel.py", tmp_path / "operations" / "blur.py", tmp_path / "operations" / "pixels.py"]
    digests = set()
    for file in files * 2:
        file.write_text(file.read_text() + "#" if file.exists() else "")
        digests.add(kernel.hash_sources(tmp_path) if all(file.exists() for file in files) else "")
    assert len(digests - {""}) == 4
    closed_over = [cell.cell_contents for cell in kernel.render.py_func.__closure__]
    assert closed_over == [kernel.hash_sources(Path(kernel.__file__).parent)]

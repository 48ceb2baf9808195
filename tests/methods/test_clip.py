"""CLIP: the paper's pseudo-code, a logit scale within bounds, and images that find their captions."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from torch import Tensor, nn

from playground.config.encoder import SmallConfig
from playground.config.methods.clip import CLIPConfig
from playground.losses import normalize
from playground.methods.clip import CLIP
from playground.models import Encoder
from playground.models.small import SmallEncoder
from playground.models.transformer import Transformer
from tests.methods.specimens import views

CONFIG = CLIPConfig(projection_dim=8, text_width=64, text_layers=1, text_heads=2, words=80, length=6)
N = 9


def clip(encoder: Encoder, seed: int = 0, **changes: object) -> CLIP:
    torch.manual_seed(seed)
    return CLIP(CONFIG.model_copy(update=changes), encoder)


def images(n: int = N) -> Tensor:
    return views(n, side=4)[0]


def captions(n: int = N, seed: int = 0) -> Tensor:
    return torch.randint(1, 80, (n, 6), generator=torch.Generator().manual_seed(seed))


def logit_scale(method: CLIP) -> float:
    temperature = method.learned_temperature()
    assert temperature is not None
    return -math.log(temperature.item())


# The loss


def figure_3(method: CLIP, image: Tensor, text: Tensor) -> Tensor:
    """Line by line, with loops in place of the matrix, in float64."""
    i_f, t_f = method.encoder(image), method.text_encoder(text)
    i_e = [row / row.norm() for row in i_f @ method.projector.weight.T]
    t_e = [row / row.norm() for row in t_f @ method.text_projector.weight.T]
    n, scale = len(i_e), 1 / method.temperature()
    loss_i = loss_t = torch.tensor(0.0)
    for i in range(n):
        of_image = torch.stack([i_e[i] @ t_e[j] * scale for j in range(n)])
        of_text = torch.stack([i_e[j] @ t_e[i] * scale for j in range(n)])
        loss_i = loss_i - torch.log(of_image[i].exp() / of_image.exp().sum()) / n
        loss_t = loss_t - torch.log(of_text[i].exp() / of_text.exp().sum()) / n
    return (loss_i + loss_t) / 2


def test_loss_and_gradients_are_those_of_the_pseudo_code(linear: Encoder) -> None:
    method = clip(linear).double()
    reference, given = copy.deepcopy(method), (images().double(), captions())
    loss, expected = method.training_step(*given).loss, figure_3(reference, *given)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-10)
    loss.backward()  # type: ignore[no-untyped-call]
    expected.backward()  # type: ignore[no-untyped-call]
    for (name, one), other in zip(method.named_parameters(), reference.parameters(), strict=True):
        assert one.grad is not None and other.grad is not None, name
        assert (one.grad - other.grad).abs().max() <= 1e-9 * (1 + other.grad.abs().max()), name
        assert one.grad.abs().max() > 0, name


def test_what_there_is_to_see(linear: Encoder) -> None:
    method = clip(linear)
    output = method.training_step(images(), captions())
    image, text = method.embed(images())[1], method.embed_text(captions())[1]
    cosines = F.cosine_similarity(image[:, None], text[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(output.negative, cosines[~torch.eye(N, dtype=torch.bool)].mean(), rtol=1e-5, atol=1e-6)
    assert not output.positive.requires_grad


def test_both_embeddings_lie_in_one_space(linear: Encoder) -> None:
    method = clip(linear).eval()
    (h_image, z_image), (h_text, z_text) = method.embed(images(3)), method.embed_text(captions(4))
    assert (h_image.shape, z_image.shape) == ((3, linear.feature_dim), (3, 8))
    assert (h_text.shape, z_text.shape) == ((4, 64), (4, 8))
    torch.testing.assert_close(method.embed_text(captions(4)[:1])[1], z_text[:1], rtol=1e-4, atol=1e-5)


def test_it_has_no_dropout_and_no_biases_where_clip_has_none(linear: Encoder) -> None:
    method = clip(linear)
    assert isinstance(method.text_encoder, Transformer)
    assert {layer.p for layer in method.modules() if isinstance(layer, nn.Dropout)} == {0.0}
    assert torch.equal(method.embed_text(captions())[1], method.embed_text(captions())[1])
    for projector in (method.projector, method.text_projector):
        assert isinstance(projector, nn.Linear) and projector.bias is None


def test_bf16(linear: Encoder) -> None:
    method = clip(linear)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = method.training_step(images(), captions())
    output.loss.backward()  # type: ignore[no-untyped-call]
    assert output.loss.dtype == output.positive.dtype == torch.float32
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in method.parameters())
    assert output.loss.item() == pytest.approx(clip(linear).training_step(images(), captions()).loss.item(), abs=0.2)


def test_untrained_it_is_about_at_chance(linear: Encoder) -> None:
    method = clip(linear, temperature=1.0, learn_temperature=False)
    assert method.training_step(images(), captions()).loss.item() == pytest.approx(CONFIG.chance_loss(N), abs=0.5)


# The logit scale


def test_the_logit_scale_starts_where_the_paper_has_it(linear: Encoder) -> None:
    assert logit_scale(CLIP(CLIPConfig(), linear)) == pytest.approx(math.log(1 / 0.07), abs=1e-6)
    assert logit_scale(clip(linear, temperature=0.5)) == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize(("sign", "expected"), [(1.0, math.log(100)), (-1.0, 0.0)])
def test_however_far_a_step_goes_the_logit_scale_comes_back_into_its_range(
    linear: Encoder, sign: float, expected: float
) -> None:
    method = clip(linear)
    method.training_step(images(), captions()).loss.backward()  # type: ignore[no-untyped-call]
    assert method.temperature.log.grad is not None
    method.temperature.log.grad.fill_(sign * 1e9)
    torch.optim.SGD(method.trained_parameters(), lr=1.0).step()
    assert method.temperature.log.abs() > 1e6
    method.after_step(0.5)
    assert logit_scale(method) == pytest.approx(expected, abs=1e-5)
    assert torch.isfinite(method.temperature.log)


def test_a_fixed_temperature_stays(linear: Encoder) -> None:
    method = clip(linear, learn_temperature=False, temperature=0.2)
    assert method.learned_temperature() is None
    assert not any("temperature" in name for name, _ in method.named_parameters())
    method.after_step(0.5)
    assert method.temperature() == 0.2


# The settings


def test_the_text_encoder_has_the_settings_that_were_made() -> None:
    given = {"text_width": 96, "text_layers": 3, "text_heads": 8, "words": 77, "length": 9}
    assert CLIPConfig(**given).text_encoder.model_dump() == {
        "name": "transformer",
        "width": 96,
        "layers": 3,
        "heads": 8,
        "dropout": 0.0,
        "words": 77,
        "length": 9,
    }


def test_there_is_no_setting_that_does_nothing() -> None:
    assert "hidden_dim" not in CLIPConfig.model_fields
    assert "hidden_dim" not in CLIPConfig().model_dump()
    with pytest.raises(ValidationError):
        CLIPConfig.model_validate({"hidden_dim": 64})
    assert CLIPConfig.learns_from == "captions"
    assert "learns_from" not in CLIPConfig.model_fields


def test_a_temperature_that_is_learned_starts_within_its_range() -> None:
    assert CLIPConfig().misfit(64) is None
    assert "0.001 was given" in (CLIPConfig(temperature=0.001).misfit(64) or "")
    assert CLIPConfig(temperature=0.001, learn_temperature=False).misfit(64) is None


# Learning


def coloured(seed: int) -> Tensor:
    """64 images [64, 3, 8, 8], each of a colour of its own, with a little noise."""
    steps = torch.linspace(-1.5, 1.5, 4)
    colours = torch.cartesian_prod(steps, steps, steps)
    noise = torch.randn(64, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    return colours[:, :, None, None] + 0.05 * noise


@torch.no_grad()
def recall(method: CLIP, image: Tensor, text: Tensor) -> tuple[float, float]:
    """Recall@1: the share of images whose caption is the nearest of all, and of captions whose image is."""
    method.eval()
    cosines = normalize(method.embed(image)[1]) @ normalize(method.embed_text(text)[1]).T
    method.train()
    own = torch.arange(len(image))
    of_images, of_texts = ((cosines.argmax(dim=dim) == own).float().mean().item() for dim in (1, 0))
    return of_images, of_texts


def test_images_find_their_captions() -> None:
    """One word a colour, drawn at random; other pictures of these colours are found by the words as well."""
    torch.manual_seed(0)
    method = CLIP(CONFIG.model_copy(update={"projection_dim": 32}), SmallEncoder(SmallConfig(width=8), 8))
    words = 2 + torch.randperm(78, generator=torch.Generator().manual_seed(1))[:64, None]
    before = recall(method, coloured(99), words)
    optimizer = torch.optim.AdamW(method.trained_parameters(), lr=0.003)
    losses = []
    for step in range(40):
        output = method.training_step(coloured(step), words)
        optimizer.zero_grad()
        output.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        method.after_step(step / 40)
        losses.append(output.loss.item())
    assert max(before) < 0.1
    assert losses[0] > 0.8 * CONFIG.chance_loss(64)
    assert losses[-1] < 0.3 * losses[0]
    assert min(recall(method, coloured(99), words)) > 0.8

"""What the configs say of a loss beforehand: what equal embeddings give, and what no embedding is below."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from playground.config.methods import (
    BarlowTwinsConfig,
    BYOLConfig,
    MarginConfig,
    MethodConfig,
    MoCoConfig,
    MoCoV3Config,
    SimCLRConfig,
    SimSiamConfig,
    SoftmaxConfig,
    SupConConfig,
    TripletConfig,
    VICRegConfig,
)
from playground.losses import (
    MINERS,
    barlow_twins,
    info_nce,
    info_nce_in_batch,
    negative_cosine,
    normalize,
    nt_xent,
    pairwise_margin,
    prediction_error,
    sup_con,
    triplet,
    vicreg,
)
from playground.methods.softmax import negatives_function
from tests.losses.embeddings import TEMPERATURES, D

NEGATIVES = ("plain", "decoupled", "debiased", "hard")
every_temperature = pytest.mark.parametrize("temperature", TEMPERATURES)
every_choice = pytest.mark.parametrize("negatives", NEGATIVES)

# The loss of a step, of the embeddings [n, d] of both views: what `training_step` of each method makes of them, where
# predictions, keys and targets of a view are all `z` of that view.
Step = Callable[[Any, Tensor, Tensor], Tensor]


def _simclr(config: SimCLRConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    return nt_xent(z_1, z_2, config.temperature, negatives_function(config))


def _moco(config: MoCoConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    """Of the usual run: what is in the queue comes from where queries come from."""
    return info_nce(z_1, z_2, normalize(z_1), config.temperature, negatives_function(config))


def _moco_v3(config: MoCoV3Config, z_1: Tensor, z_2: Tensor) -> Tensor:
    t, negatives = config.temperature, negatives_function(config)
    return 2 * t * (info_nce_in_batch(z_1, z_2, t, negatives) + info_nce_in_batch(z_2, z_1, t, negatives))


def _byol(config: BYOLConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    return prediction_error(z_1, z_2) + prediction_error(z_2, z_1)


def _simsiam(config: SimSiamConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    return negative_cosine(z_1, z_2) / 2 + negative_cosine(z_2, z_1) / 2


def _barlow_twins(config: BarlowTwinsConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    return barlow_twins(z_1, z_2, config.redundancy_weight)


def _vicreg(config: VICRegConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    return vicreg(
        z_1,
        z_2,
        invariance_weight=config.invariance_weight,
        variance_weight=config.variance_weight,
        covariance_weight=config.covariance_weight,
    )


def _triplet(config: TripletConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    far = None if config.soft_margin else config.margin
    return triplet(z_1, z_2, torch.arange(len(z_1)), MINERS[config.mining], far)


def _margin(config: MarginConfig, z_1: Tensor, z_2: Tensor) -> Tensor:
    return pairwise_margin(z_1, z_2, config.margin)


def _same(n: int, d: int = D) -> Tensor:
    return torch.ones(n, d, dtype=torch.float64)


def _corners(n: int) -> Tensor:
    """n points that are all as far from one another as they can be."""
    return torch.eye(n, dtype=torch.float64) - 1 / n


def _near(expected: float | None, off: float = 1e-9) -> object:
    assert expected is not None
    return pytest.approx(expected, rel=off, abs=off)


# Chance


@pytest.mark.parametrize("n", [2, 7, 64])
@every_temperature
@every_choice
def test_equal_embeddings_give_the_chance_of_the_softmax_losses(negatives: str, temperature: float, n: int) -> None:
    given: dict[str, Any] = {"temperature": temperature, "negatives": negatives}
    simclr, moco_v3, moco = SimCLRConfig(**given), MoCoV3Config(**given), MoCoConfig(**given, queue_size=33)
    assert _simclr(simclr, _same(n), _same(n)).item() == _near(simclr.chance_loss(n))
    assert _moco_v3(moco_v3, _same(n), _same(n)).item() == _near(moco_v3.chance_loss(n))
    loss = info_nce(_same(n), _same(n), _same(33), temperature, negatives_function(moco))
    assert loss.item() == _near(moco.chance_loss(n))


@every_choice
def test_chance_is_told_of_a_learned_temperature_only_where_it_does_not_depend_on_it(negatives: str) -> None:
    given: dict[str, Any] = {"negatives": negatives, "learn_temperature": True}
    for started in (0.05, 0.5):
        config = SimCLRConfig(**given, temperature=started)
        assert nt_xent(_same(5), _same(5), 0.3, negatives_function(config)).item() == _near(config.chance_loss(5))
        assert MoCoV3Config(**given, temperature=started).chance_loss(5) is None


@pytest.mark.parametrize("n", [2, 7, 64])
@every_temperature
def test_equal_embeddings_give_the_chance_of_sup_con(temperature: float, n: int) -> None:
    loss = sup_con(_same(n), _same(n), torch.arange(n) % 3, temperature)
    assert loss.item() == _near(SupConConfig(temperature=temperature).chance_loss(n))


def test_right_angles_give_the_chance_of_predictions() -> None:
    z_1, z_2 = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[0.0, 3.0], [1.0, 0.0]])
    assert _byol(BYOLConfig(), z_1, z_2).item() == _near(BYOLConfig().chance_loss(2), 1e-6)
    assert _simsiam(SimSiamConfig(), z_1, z_2).item() == _near(SimSiamConfig().chance_loss(2), 1e-6)


@pytest.mark.parametrize("n", [2, 7])
@pytest.mark.parametrize("d", [3, 128])
def test_equal_embeddings_give_the_chance_of_losses_on_features(d: int, n: int) -> None:
    for weight in (0.005, 1.0):
        twins = BarlowTwinsConfig(projection_dim=d, redundancy_weight=weight)
        assert _barlow_twins(twins, _same(n, d), _same(n, d)).item() == _near(twins.chance_loss(n))
        config = VICRegConfig(projection_dim=d, variance_weight=25 * weight)
        assert _vicreg(config, _same(n, d), _same(n, d)).item() == _near(config.chance_loss(n))


@pytest.mark.parametrize("n", [2, 7])
@pytest.mark.parametrize("mining", MINERS)
def test_equal_embeddings_give_the_chance_of_triplets(mining: Any, n: int) -> None:
    for config in (TripletConfig(mining=mining, margin=0.3), TripletConfig(mining=mining, soft_margin=True)):
        assert _triplet(config, _same(n), _same(n)).item() == _near(config.chance_loss(n))


@pytest.mark.parametrize("n", [2, 7])
@pytest.mark.parametrize("margin", [0.01, 1.0, 2.0])
def test_equal_embeddings_give_the_chance_of_pairs(margin: float, n: int) -> None:
    config = MarginConfig(margin=margin)
    assert _margin(config, _same(n), _same(n)).item() == _near(config.chance_loss(n))


# The floor is reached


@every_temperature
@pytest.mark.parametrize("negatives", ["plain", "decoupled"])
@pytest.mark.parametrize("n", [2, 3, 17, 64])
def test_the_corners_of_a_simplex_reach_the_floor_of_the_softmax_losses(
    n: int, negatives: Any, temperature: float
) -> None:
    simclr = SimCLRConfig(temperature=temperature, negatives=negatives)
    moco_v3 = MoCoV3Config(temperature=temperature, negatives=negatives)
    assert _simclr(simclr, _corners(n), _corners(n)).item() == _near(simclr.floor_loss(n))
    assert _moco_v3(moco_v3, _corners(n), _corners(n)).item() == _near(moco_v3.floor_loss(n))


@every_temperature
@pytest.mark.parametrize("negatives", ["plain", "decoupled"])
@pytest.mark.parametrize("k", [2, 33, 4096])
def test_queries_at_right_angles_to_the_queue_reach_the_floor_of_moco(
    k: int, negatives: Any, temperature: float
) -> None:
    config = MoCoConfig(temperature=temperature, negatives=negatives, queue_size=k)
    query, key = torch.eye(D, dtype=torch.float64)[:2, None]
    loss = info_nce(query, 3 * query, key.expand(k, D), temperature, negatives_function(config))
    assert loss.item() == _near(config.floor_loss(8))


@pytest.mark.parametrize(("k", "temperature", "floor"), [(4096, 0.1, 0.1706), (4096, 0.2, 3.3534), (255, 0.5, 3.5698)])
def test_floors_of_moco_worked_out_by_hand(k: int, temperature: float, floor: float) -> None:
    for batch_size in (16, 256):  # the queue alone counts
        config = MoCoConfig(temperature=temperature, queue_size=k)
        assert config.floor_loss(batch_size) == pytest.approx(floor, abs=5e-5)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_the_floor_of_moco_is_one_in_expectation(temperature: float) -> None:
    """Queries and a queue that are both drawn from the sphere come near it; a queue chosen against them gets below."""
    z = torch.randn(2, 1000, 512, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    query, queue = (normalize(rows) for rows in z)
    config = MoCoConfig(temperature=temperature, queue_size=1000)
    floor = config.floor_loss(8)
    assert floor is not None
    assert floor < info_nce(query, query, queue, temperature).item() < 1.15 * floor
    assert info_nce(query[:1], query[:1], -query[:1].expand(1000, -1), temperature).item() < floor


@pytest.mark.parametrize(
    ("n", "temperature", "floor"),
    [(256, 0.1, 0.022), (256, 0.2, 1.475), (256, 0.5, 4.241), (256, 1.0, 5.236), (64, 0.2, 0.579), (64, 0.5, 2.863)],
)
def test_floors_known_in_advance(n: int, temperature: float, floor: float) -> None:
    assert SimCLRConfig(temperature=temperature).floor_loss(n) == pytest.approx(floor, abs=6e-4)


def test_perfect_prediction_reaches_the_floor() -> None:
    z = _corners(5)
    assert _byol(BYOLConfig(), z, 2 * z).item() == _near(BYOLConfig().floor_loss(5))
    assert _simsiam(SimSiamConfig(), z, 2 * z).item() == _near(SimSiamConfig().floor_loss(5))


def test_features_that_have_nothing_in_common_reach_the_floor() -> None:
    z = torch.linalg.qr(_corners(9))[0][:, :8] * 1e4  # columns at right angles, each with mean 0
    assert z.mean(dim=0).abs().max() < 1e-10
    assert _barlow_twins(BarlowTwinsConfig(), z, z).item() == _near(BarlowTwinsConfig().floor_loss(9))
    config = VICRegConfig()
    assert _vicreg(config, z / 1e4 * 3, z / 1e4 * 3).item() == _near(config.floor_loss(9))


@pytest.mark.parametrize("mining", MINERS)
def test_far_images_reach_the_floor_of_distances(mining: Any) -> None:
    opposite = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    for far, z in ((1.4, _corners(9)), (2.0, opposite)):
        hard = TripletConfig(mining=mining, margin=far)
        assert _triplet(hard, z, z).item() == _near(hard.floor_loss(len(z)))
        assert _margin(MarginConfig(margin=far), z, z).item() == _near(MarginConfig(margin=far).floor_loss(len(z)))
    soft = TripletConfig(mining=mining, soft_margin=True)
    assert _triplet(soft, opposite, opposite).item() == _near(soft.floor_loss(2))


def test_no_floor_is_told_where_none_is_known() -> None:
    assert SupConConfig().floor_loss(8) is None
    for config in (SimCLRConfig, MoCoConfig, MoCoV3Config):
        assert config(negatives="debiased").floor_loss(8) is None
        assert config(negatives="hard").floor_loss(8) is None
        assert config(learn_temperature=True).floor_loss(8) is None


# A learned temperature moves both

LEARNED: tuple[type[SoftmaxConfig], ...] = (SimCLRConfig, MoCoConfig, MoCoV3Config)


@pytest.mark.parametrize("kind", LEARNED)
@pytest.mark.parametrize("negatives", NEGATIVES)
@pytest.mark.parametrize("temperature", [0.01, 0.2, 1.0])
def test_where_learning_has_moved_the_temperature_chance_and_floor_are_those_of_it(
    temperature: float, negatives: str, kind: Any
) -> None:
    learned = kind(negatives=negatives, temperature=0.5, learn_temperature=True)
    fixed = kind(negatives=negatives, temperature=temperature)
    for n in (2, 64):
        assert learned.at(temperature).chance_loss(n) == fixed.chance_loss(n) is not None
        assert learned.at(temperature).floor_loss(n) == fixed.floor_loss(n)
        assert (fixed.floor_loss(n) is None) == (negatives in ("debiased", "hard"))
    assert (learned.temperature, learned.learn_temperature) == (0.5, True)  # the config itself stays as it is


@pytest.mark.parametrize("kind", LEARNED)
def test_where_no_temperature_is_told_nothing_changes(kind: Any) -> None:
    for config in (kind(), kind(learn_temperature=True)):
        assert config.at(None) is config


@pytest.mark.parametrize(
    "kind", [BYOLConfig, SimSiamConfig, BarlowTwinsConfig, VICRegConfig, TripletConfig, MarginConfig, SupConConfig]
)
def test_methods_that_learn_no_temperature_stay_as_they_are(kind: Any) -> None:
    config: MethodConfig = kind()
    assert config.at(None) is config.at(0.3) is config


# And nothing is below it

shares = st.floats(0, 1)
_CONFIGS: st.SearchStrategy[tuple[Step, MethodConfig]] = st.one_of(
    st.builds(
        lambda t, n: (_simclr, SimCLRConfig(temperature=t, negatives=n)),
        st.floats(0.001, 10),
        st.sampled_from(("plain", "decoupled")),
    ),
    st.builds(
        lambda t, n: (_moco_v3, MoCoV3Config(temperature=t, negatives=n)),
        st.floats(0.001, 10),
        st.sampled_from(("plain", "decoupled")),
    ),
    st.builds(
        lambda t, n: (_moco, MoCoConfig(temperature=t, negatives=n)),
        st.floats(0.001, 10),
        st.sampled_from(("plain", "decoupled")),
    ),
    st.just((_byol, BYOLConfig())),
    st.just((_simsiam, SimSiamConfig())),
    st.just((_barlow_twins, BarlowTwinsConfig())),
    st.just((_vicreg, VICRegConfig())),
    st.builds(lambda far: (_margin, MarginConfig(margin=far)), st.floats(0.01, 2)),
    st.builds(
        lambda mining, far, soft: (_triplet, TripletConfig(mining=mining, margin=far, soft_margin=soft)),
        st.sampled_from(list(MINERS)),
        st.floats(0, 2),
        st.booleans(),
    ),
)


@settings(max_examples=300, deadline=None)
@given(_CONFIGS, st.integers(2, 12), st.integers(1, 12), shares, st.booleans(), st.integers(0, 999))
def test_no_embedding_is_below_the_floor(
    case: tuple[Step, MethodConfig], n: int, d: int, apart: float, at_the_corners: bool, seed: int
) -> None:
    """Near the optimum and far from it, and in views that have nothing to do with one another."""
    step, config = case
    if isinstance(config, MoCoConfig):
        config = config.model_copy(update={"queue_size": n})
    torch.manual_seed(seed)  # of mining at random
    g = torch.Generator().manual_seed(seed)
    z, noise = torch.randn(2, n, d, generator=g, dtype=torch.float64)
    if at_the_corners:
        z = torch.nn.functional.pad(_corners(n), (0, max(0, d - n)))
        noise = 0.1 * torch.randn(z.shape, generator=g, dtype=torch.float64)
    floor = config.floor_loss(n)
    assert floor is not None
    assert step(config, z + apart * noise, z - apart * noise).item() >= floor - 1e-9 * (1 + abs(floor))


@pytest.mark.parametrize("negatives", ["plain", "decoupled"])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
@pytest.mark.parametrize("config", [SimCLRConfig, MoCoV3Config])
def test_gradient_descent_ends_at_the_floor_and_not_below(config: Any, temperature: float, negatives: str) -> None:
    chosen = config(temperature=temperature, negatives=negatives)
    n, step = 4, _simclr if config is SimCLRConfig else _moco_v3
    z = torch.randn(2, n, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    optimizer = torch.optim.Adam([z], lr=0.03)
    for _ in range(400):
        loss = step(chosen, z[0], z[1])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    floor = chosen.floor_loss(n)
    assert floor - 1e-9 <= loss.item() <= floor + 1e-3 * (1 + abs(floor))
    assert math.isfinite(loss.item())

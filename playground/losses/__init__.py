"""Losses: pure functions of embeddings, each as in its paper, with an exact gradient for any batch size."""

from playground.losses.contrastive import info_nce, info_nce_in_batch, nt_xent, sup_con
from playground.losses.decorrelation import barlow_twins, vicreg
from playground.losses.margin import MINERS, Miner, pairwise_margin, triplet
from playground.losses.multimodal import clip_loss, simcse_loss
from playground.losses.negatives import DebiasedNegatives, HardNegatives, LogSum, decoupled_negatives, plain_negatives
from playground.losses.prediction import negative_cosine, prediction_error
from playground.losses.similarity import mean_cosine, mean_cosine_of_others, normalize, paired_cosine

__all__ = [
    "MINERS",
    "DebiasedNegatives",
    "HardNegatives",
    "LogSum",
    "Miner",
    "barlow_twins",
    "clip_loss",
    "decoupled_negatives",
    "info_nce",
    "info_nce_in_batch",
    "mean_cosine",
    "mean_cosine_of_others",
    "negative_cosine",
    "normalize",
    "nt_xent",
    "paired_cosine",
    "pairwise_margin",
    "plain_negatives",
    "prediction_error",
    "simcse_loss",
    "sup_con",
    "triplet",
    "vicreg",
]

"""Losses: pure functions of embeddings, each as its paper has it, with the gradient exact however large the batch."""

from playground.losses.contrastive import info_nce, info_nce_in_batch, nt_xent, sup_con
from playground.losses.decorrelation import barlow_twins, vicreg
from playground.losses.margin import MINERS, Miner, pairwise_margin, triplet
from playground.losses.multimodal import clip_loss, simcse_loss
from playground.losses.negatives import Debiased, Hard, LogSum, decoupled, plain
from playground.losses.prediction import negative_cosine, prediction_error
from playground.losses.similarity import mean_cosine, mean_cosine_of_others, normalize, paired_cosine

__all__ = [
    "MINERS",
    "Debiased",
    "Hard",
    "LogSum",
    "Miner",
    "barlow_twins",
    "clip_loss",
    "decoupled",
    "info_nce",
    "info_nce_in_batch",
    "mean_cosine",
    "mean_cosine_of_others",
    "negative_cosine",
    "normalize",
    "nt_xent",
    "paired_cosine",
    "pairwise_margin",
    "plain",
    "prediction_error",
    "simcse_loss",
    "sup_con",
    "triplet",
    "vicreg",
]

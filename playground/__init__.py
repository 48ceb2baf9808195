"""Contrastive Playground: train a small encoder by contrastive learning and see what it learns."""

from playground.openmp import wait_passively

__version__ = "0.1.0"

wait_passively()  # here, as Python imports this file before any other of ours, and so before torch and numba

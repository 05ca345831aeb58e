"""Evaluation of reconstructions and samples: metrics and their registry, a model's figures and card, errors."""

from mariel.evaluation import definitions  # noqa: F401  (registers the metrics)

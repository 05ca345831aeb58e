"""Toy entries of registries, registered while a test runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from mariel.evaluation.registry import METRICS, SAMPLES, register_metric
from mariel.export.registry import EXPORTERS, ExportRequest, register_exporter


@contextmanager
def toy_exporter() -> Iterator[None]:
    """An exporter that writes how many frames a dance has."""

    @register_exporter(
        "toy", label="Toy (.toy)", suffixes=(".toy",), media_type="text/plain", help="Only its length."
    )
    def export_toy(request: ExportRequest) -> bytes:
        return f"{request.title}: {len(request.all_scenes[0])} frames".encode()

    try:
        yield
    finally:
        EXPORTERS.remove("toy")


@contextmanager
def toy_metric() -> Iterator[None]:
    """A metric of samples: how many there are."""

    @register_metric(
        "toy",
        of=SAMPLES,
        label="Toy count",
        help="How many dances.",
        unit="dances",
        digits=0,
        good="higher is better",
    )
    def count(phrases, context) -> float:
        return float(len(phrases))

    try:
        yield
    finally:
        METRICS.remove("toy")

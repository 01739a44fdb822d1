"""stancekit: who supports, condemns or warns whom, in news articles and official statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stancekit.errors import CheckpointError, ConfigError, DataError, MissingExtraError, StancekitError
from stancekit.schema import Answer, Article, Query, Span, Stance, Statement

if TYPE_CHECKING:
    from stancekit.pipeline import Model, load
    from stancekit.tables import to_frame

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Article",
    "CheckpointError",
    "ConfigError",
    "DataError",
    "MissingExtraError",
    "Model",
    "Query",
    "Span",
    "Stance",
    "StancekitError",
    "Statement",
    "__version__",
    "load",
    "to_frame",
]


def __getattr__(name: str) -> Any:
    """`load` and `Model` bring ONNX Runtime along, so they are imported when first used."""
    if name in ("Model", "load"):
        from stancekit import pipeline

        return getattr(pipeline, name)
    if name == "to_frame":
        from stancekit.tables import to_frame

        return to_frame
    raise AttributeError(f"module 'stancekit' has no attribute {name!r}")

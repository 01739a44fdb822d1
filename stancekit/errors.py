"""Errors that say what was wrong, where, what was expected, and what to do about it."""

from __future__ import annotations


class StancekitError(ValueError):
    """Base of every error stancekit raises on purpose."""


class DataError(StancekitError):
    """A record, a span or a file that does not hold what it should.

    The message always names the value; ``place`` (``file:line`` where known) comes first.
    """

    def __init__(self, problem: str, *, place: str | None = None, remedy: str | None = None) -> None:
        self.problem, self.place, self.remedy = problem, place, remedy
        super().__init__(f"{place}: " * bool(place) + problem + f"; {remedy}" * bool(remedy))

    def at(self, place: str) -> DataError:
        """The same error with its place named (kept if it already has one)."""
        return DataError(self.problem, place=self.place or place, remedy=self.remedy)


class ConfigError(StancekitError):
    """A configuration value that cannot work."""


class CheckpointError(StancekitError):
    """A model folder that is incomplete, of another version, or not to be trusted."""


class MissingExtraError(StancekitError, ImportError):
    """A feature whose optional dependencies are not installed; the message has the command to run."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs packages that are not installed; run: pip install 'stancekit[{extra}]'")
        self.feature, self.extra = feature, extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), (self.feature, self.extra)

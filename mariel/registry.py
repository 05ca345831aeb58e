"""A registry: named entries of one kind, such as file formats, exporters, models, metrics or pages."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from mariel.errors import MarielError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Entries by name, in the order in which they were added.

    >>> formats = Registry[type]("file format")
    >>> formats.add("bvh", BvhFormat)
    >>> formats["bvh"]

    Args:
        kind: what an entry is, for messages.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> T:
        """Add an entry and return it.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._entries:
            raise ValueError(f"there is a {self.kind} {name!r} already")
        self._entries[name] = entry
        return entry

    def remove(self, name: str) -> None:
        """Remove an entry, such as one that a test has added."""
        del self._entries[name]

    def find(self, name: str) -> T:
        """The entry of a name that a person gave.

        Raises:
            MarielError: there is none; the message lists those there are.
        """
        if name not in self._entries:
            raise MarielError(f"there is no {self.kind} {name!r}; there are {', '.join(self._entries)}")
        return self._entries[name]

    def __getitem__(self, name: str) -> T:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

"""A cache that is bounded in bytes: what was used longest ago goes first."""

from __future__ import annotations


class BoundedCache[Value]:
    """Values by text, together of at most so many bytes, as whoever puts them in estimates them.

    Safe without a lock: each step is one of the interpreter's own, and what two threads do to each other is at worst a
    value that is made twice.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: dict[str, tuple[Value, int]] = {}  # oldest use first

    @property
    def bytes(self) -> int:
        """What all values take, as estimated."""
        return sum(size for _, size in list(self._entries.values()))

    def get(self, key: str) -> Value | None:
        """The value, or None."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self._entries[key] = entry
        return entry[0]

    def put(self, key: str, value: Value, size: int) -> None:
        """Keep a value of `size` bytes; one that takes more than an eighth of the cache is not kept."""
        if size > self._max_bytes // 8:
            return
        self._entries[key] = value, size
        excess = self.bytes - self._max_bytes
        for oldest, (_, taken) in list(self._entries.items()):
            if excess <= 0:
                break
            self._entries.pop(oldest, None)
            excess -= taken

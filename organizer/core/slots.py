"""Places that a page offers and higher features fill: `{{ slot("event", event=event) }}`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from markupsafe import Markup

Filler = Callable[..., str]
_fillers: dict[str, list[tuple[int, str, Filler]]] = defaultdict(list)


def fills(name: str, order: int = 100) -> Callable[[Filler], Filler]:
    """Register the decorated function for the slot `name`; lower `order` comes first. It returns safe HTML or ""."""

    def register(filler: Filler) -> Filler:
        entry = (order, f"{filler.__module__}.{filler.__qualname__}", filler)
        if not any(known[1] == entry[1] for known in _fillers[name]):
            _fillers[name].append(entry)
            _fillers[name].sort(key=lambda known: known[:2])
        return filler

    return register


def slot(name: str, **context: object) -> Markup:
    """Return what all fillers of `name` give for `context`, one after another."""
    # Fillers render templates, which escape; nothing else may be registered.
    return Markup("").join(Markup(filler(**context)) for _, _, filler in _fillers[name])  # noqa: S704


def fillers(name: str) -> list[Filler]:
    """Return the functions that fill `name`, in order (for slots that collect data instead of HTML)."""
    return [filler for _, _, filler in _fillers[name]]

"""Every page of the console by its address: those of the navigation, and details of what the data holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tests.support.console.data import Shown


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """A page: its path below `/console` and its `h1`, with the fields of `Shown` in braces."""

    path: str
    heading: str

    def made(self, shown: Shown) -> ConsolePage:
        """Return the page of what is shown."""
        names = asdict(shown)
        return ConsolePage(self.path.format(**names), self.heading.format(**names))


NAVIGATION = (ConsolePage("/", "Overview"), ConsolePage("/interactions", "Interactions"))
"""The pages that `Main` links, in its order."""
OTHERS = (ConsolePage("/settings", "Settings"), ConsolePage("/nowhere", "Not found"))
ALL_PAGES = (*NAVIGATION, *OTHERS)

"""Every page of the console by its address, as the console itself lists them: the navigation's, and those below."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from deploy.console.build import WEB
from tests.support.console.data import Shown

_LIST = WEB / "src" / "app" / "pages.ts"
_ENTRY = re.compile(r'path: "(?P<path>[^"]+)",(?:\s*link: "(?P<link>[^"]+)",)?')


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """A page: its path below `/console` and its `h1`, with the fields of `Shown` in braces."""

    path: str
    heading: str

    def made(self, shown: Shown) -> ConsolePage:
        """Return the page of what is shown."""
        names = asdict(shown)
        return ConsolePage(self.path.format(**names), self.heading.format(**names))


_KNOWN = (
    ConsolePage("/interactions/{interaction}", "Interaction {number}"),
    ConsolePage("/traces/{trace}", "Trace {trace}"),
    ConsolePage("/traces/{parallel}", "Trace {parallel}"),
    ConsolePage("/resources/ORDER/{resource}", "ORDER {resource}"),
    ConsolePage("/events/{event}", "parcel.shipped"),
    ConsolePage("/critical-interactions/new", "New critical interaction"),
    ConsolePage("/critical-interactions/{critical}", "{critical}"),
    ConsolePage("/critical-interactions/{critical}/edit", "Edit {critical}"),
    ConsolePage("/metrics/{metric}", "{metric_name}"),
    ConsolePage("/workflows/{workflow}", "{workflow}"),
    ConsolePage("/sessions/{session}", "Session {session}"),
    ConsolePage("/settings", "Settings"),
)


def _listed() -> list[re.Match[str]]:
    return list(_ENTRY.finditer(_LIST.read_text(encoding="utf-8")))


def _is_at(page: ConsolePage, route: str) -> bool:
    return re.fullmatch(re.sub(r"\$\w+", "[^/]+", route), page.path.partition("?")[0]) is not None


NAVIGATION = tuple(ConsolePage(one["path"], one["link"]) for one in _listed() if one["link"])
"""The pages that `Main` links, in its order; each is called as its link."""
ROUTES = tuple(one["path"] for one in _listed())
"""The console's own paths; what differs from page to page begins with `$`."""
_OTHERS = tuple(page for page in _KNOWN if any(_is_at(page, route) for route in ROUTES))
ALL_PAGES = (*NAVIGATION, *_OTHERS, ConsolePage("/nowhere", "Not found"))
UNKNOWN_ROUTES = tuple(route for route in ROUTES if not any(_is_at(page, route) for page in ALL_PAGES))
"""Paths of which no page is known here."""

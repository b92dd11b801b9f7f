"""The definitions of all tenants, compiled by the names of the records that concern them.

An interaction is looked up as `<resource type>.<action>` and as its action alone. A record that no definition names
costs that look-up, however many definitions there are; any other one the filters of the patterns with its name. Of
those, the ones that want a property to equal a value are found by that value. Versions of a definition with the same
events are tested once, however many of them judge a record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from libs.contracts.monitoring_steps import Hit
from services.monitoring.definitions.model import Definition, EventPattern, VersionInForce, judged_until_ms
from services.monitoring.gate.filters import EQUALS, Fits, compiled
from services.monitoring.gate.properties import Properties, dimension, match_key


@dataclass(frozen=True, slots=True, eq=False)
class _Version:
    """A version of a definition, and the accept times it judges: it is current in `[from_ms, to_ms)`."""

    definition_id: int
    version: int
    from_ms: float
    to_ms: float
    until_ms: float
    correlation_property: str | None
    dimensions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Versions:
    """The versions of a definition that have the same events, and the accept times within which all of theirs lie."""

    each: tuple[_Version, ...]
    from_ms: float
    until_ms: float


class _Pattern(NamedTuple):
    """The entries of the versions' events, as bits, with this name and these filters."""

    of: _Versions
    steps: int
    globals: int
    filters: tuple[tuple[str, Fits], ...]


class NameTests(NamedTuple):
    """The patterns with one name: those that want a property to equal a value by both, and the others."""

    equal: tuple[tuple[str, Mapping[str, tuple[_Pattern, ...]]], ...]
    others: tuple[_Pattern, ...]


Hits = Mapping[str, tuple[Hit, ...]]
"""Hits by match key, ordered by definition and version."""

_NONE: Mapping[str, NameTests] = {}


class GateIndex:
    """The tests of every tenant; `watermark_ms` is how long records wait after they were accepted."""

    def __init__(self, versions: Iterable[VersionInForce] = (), *, watermark_ms: int) -> None:
        self._watermark_ms = watermark_ms
        self._tenants: dict[str, Mapping[str, NameTests]] = {}
        of_tenants: defaultdict[str, list[VersionInForce]] = defaultdict(list)
        for version in versions:
            of_tenants[version.tenant_id].append(version)
        for tenant_id, its in of_tenants.items():
            self.replace(tenant_id, its)

    def replace(self, tenant_id: str, versions: Iterable[VersionInForce]) -> None:
        """Test the tenant's records by these versions alone from now on."""
        self._tenants.pop(tenant_id, None)
        if tests := _compiled(versions, self._watermark_ms):
            self._tenants[tenant_id] = tests

    def find(self, tenant_id: str, name: str, action: str | None = None) -> Sequence[NameTests]:
        """Return the tests of an event by its type, or of an interaction by its resource type and its action."""
        names = self._tenants.get(tenant_id, _NONE)
        if not names:
            return ()
        if action is None:
            return (names[name],) if name in names else ()
        return [names[one] for one in (f"{name}.{action}", action) if one in names]


def hits(tests: Iterable[NameTests], properties: Properties, accepted_ms: int) -> Hits:
    """Return what a record accepted at `accepted_ms` is to the versions that judge it. Raises InvalidRecord."""
    bits: dict[_Versions, tuple[int, int]] = {}
    for one in tests:
        for path, by_value in one.equal:
            text = properties.text(path)
            if text is not None and text in by_value:
                _collect(bits, by_value[text], properties, accepted_ms)
        if one.others:
            _collect(bits, one.others, properties, accepted_ms)
    return _by_key(bits, properties, accepted_ms) if bits else {}


def _collect(
    bits: dict[_Versions, tuple[int, int]], patterns: Iterable[_Pattern], properties: Properties, accepted_ms: int
) -> None:
    """Add the bits of the patterns that the record fits."""
    for versions, steps, globals_, filters in patterns:
        if not versions.from_ms <= accepted_ms < versions.until_ms:
            continue
        for path, fits in filters:
            text = properties.text(path)
            if text is None or not fits(text):
                break
        else:
            before = bits.get(versions)
            bits[versions] = (steps, globals_) if before is None else (before[0] | steps, before[1] | globals_)


def _by_key(bits: Mapping[_Versions, tuple[int, int]], properties: Properties, accepted_ms: int) -> Hits:
    judging = [
        (version, steps, globals_)
        for versions, (steps, globals_) in bits.items()
        for version in versions.each
        if version.from_ms <= accepted_ms < version.until_ms
    ]
    if len(bits) > 1:
        judging.sort(key=lambda one: (one[0].definition_id, one[0].version))
    found: dict[str, tuple[Hit, ...]] = {}
    for version, steps, globals_ in judging:
        key = match_key(properties, version.correlation_property)
        if key is not None:
            found[key] = (*found.get(key, ()), _hit(version, steps, globals_, properties, accepted_ms))
    return found


def _hit(version: _Version, steps: int, globals_: int, properties: Properties, accepted_ms: int) -> Hit:
    return Hit(
        definition_id=version.definition_id,
        version=version.version,
        current=accepted_ms < version.to_ms,
        steps=steps,
        globals=globals_,
        dimensions=tuple([dimension(properties, path) for path in version.dimensions]),
    )


def _compiled(versions: Iterable[VersionInForce], watermark_ms: int) -> Mapping[str, NameTests]:
    by_name: defaultdict[str, _Patterns] = defaultdict(_Patterns)
    for its in _with_same_events(versions):
        of = _together(its, watermark_ms)
        for event, steps, globals_ in _entries(its[0].definition):
            by_name[event.name].add(of, event, steps, globals_)
    return {name: patterns.tests() for name, patterns in by_name.items()}


def _with_same_events(versions: Iterable[VersionInForce]) -> Iterable[Sequence[VersionInForce]]:
    """Return the versions, those of a definition that test records alike together."""
    alike: defaultdict[object, list[VersionInForce]] = defaultdict(list)
    for one in versions:
        what = one.definition
        alike[one.definition_id, what.events, what.global_blacklisted_events].append(one)
    return alike.values()


def _together(versions: Iterable[VersionInForce], watermark_ms: int) -> _Versions:
    each = sorted((_version(one, watermark_ms) for one in versions), key=lambda one: one.version)
    return _Versions(tuple(each), min(one.from_ms for one in each), max(one.until_ms for one in each))


class _Patterns:
    """Gathers the patterns with one name."""

    def __init__(self) -> None:
        self._equal: defaultdict[str, defaultdict[str, list[_Pattern]]] = defaultdict(lambda: defaultdict(list))
        self._others: list[_Pattern] = []

    def add(self, of: _Versions, event: EventPattern, steps: int, globals_: int) -> None:
        wanted = next((one for one in event.props if one.operator == EQUALS), None)
        filters = tuple((one.name, compiled(one)) for one in event.props if one is not wanted)
        into = self._others if wanted is None else self._equal[wanted.name][wanted.value]
        into.append(_Pattern(of, steps, globals_, filters))

    def tests(self) -> NameTests:
        equal = (
            (path, {value: tuple(patterns) for value, patterns in by_value.items()})
            for path, by_value in self._equal.items()
        )
        return NameTests(tuple(equal), tuple(self._others))


def _version(version: VersionInForce, watermark_ms: int) -> _Version:
    definition = version.definition
    return _Version(
        version.definition_id,
        version.version,
        version.from_ms,
        float("inf") if version.to_ms is None else version.to_ms,
        judged_until_ms(version, watermark_ms),
        definition.correlation_property,
        definition.dimensions,
    )


def _entries(definition: Definition) -> Iterable[tuple[EventPattern, int, int]]:
    """Yield the entries of both lists, each with its bit among the steps and among the global ones."""
    for place, event in enumerate(definition.events):
        yield event, 1 << place, 0
    for place, event in enumerate(definition.global_blacklisted_events):
        yield event, 0, 1 << place

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
from operator import attrgetter
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


class _Wanted(NamedTuple):
    """A pattern, and the property with the value that it wants that to equal, if it wants one."""

    equals: tuple[str, str] | None
    pattern: _Pattern


class NameTests(NamedTuple):
    """The patterns with one name: those that want a property to equal a value by both, and the others."""

    equal: tuple[tuple[str, Mapping[str, tuple[_Pattern, ...]]], ...]
    others: tuple[_Pattern, ...]


Hits = Mapping[str, tuple[Hit, ...]]
"""Hits by match key, ordered by definition and version."""

DefinitionKey = tuple[str, int]
"""The tenant and the id of a definition."""

_definition_and_version = attrgetter("definition_id", "version")


class GateIndex:
    """The tests of every tenant; `watermark_ms` is how long records wait after they were accepted."""

    def __init__(self, versions: Iterable[VersionInForce] = (), *, watermark_ms: int) -> None:
        self._watermark_ms = watermark_ms
        self._tenants: defaultdict[str, _Tenant] = defaultdict(_Tenant)
        self.replace(versions)

    def replace(self, versions: Iterable[VersionInForce], *, also: Iterable[DefinitionKey] = ()) -> None:
        """Test records by these versions of their definitions alone from now on, and by none of the definitions `also`.

        Nothing is compiled but these, whatever else the tenants have.
        """
        changed: dict[DefinitionKey, list[VersionInForce]] = {key: [] for key in also}
        for version in versions:
            changed.setdefault((version.tenant_id, version.definition_id), []).append(version)
        names: defaultdict[str, set[str]] = defaultdict(set)
        for (tenant_id, definition_id), its in changed.items():
            names[tenant_id] |= self._tenants[tenant_id].replace(definition_id, _compiled(its, self._watermark_ms))
        for tenant_id, changed_names in names.items():
            self._tenants[tenant_id].gather(changed_names)
            if not self._tenants[tenant_id].tests:
                del self._tenants[tenant_id]

    def find(self, tenant_id: str, name: str, action: str | None = None) -> Sequence[NameTests]:
        """Return the tests of an event by its type, or of an interaction by its resource type and its action."""
        tenant = self._tenants.get(tenant_id)
        if tenant is None:
            return ()
        names = tenant.tests
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
    found: dict[str, tuple[Hit, ...]] = {}
    for versions, (steps, globals_) in bits.items():
        for version in versions.each:
            if not version.from_ms <= accepted_ms < version.until_ms:
                continue
            key = match_key(properties, version.correlation_property)
            if key is not None:
                hit = _hit(version, steps, globals_, properties, accepted_ms)
                found[key] = (*found[key], hit) if key in found else (hit,)
    if len(bits) > 1:
        return {key: tuple(sorted(its, key=_definition_and_version)) for key, its in found.items()}
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


def _compiled(versions: Iterable[VersionInForce], watermark_ms: int) -> Mapping[str, Sequence[_Wanted]]:
    """Return the patterns of a definition's versions by their names."""
    by_name: defaultdict[str, list[_Wanted]] = defaultdict(list)
    for its in _with_same_events(versions):
        of = _together(its, watermark_ms)
        for event, steps, globals_ in _entries(its[0].definition):
            by_name[event.name].append(_wanted(of, event, steps, globals_))
    return by_name


def _with_same_events(versions: Iterable[VersionInForce]) -> Iterable[Sequence[VersionInForce]]:
    """Return the versions of a definition, those that test records alike together."""
    alike: defaultdict[object, list[VersionInForce]] = defaultdict(list)
    for one in versions:
        what = one.definition
        alike[what.events, what.global_blacklisted_events].append(one)
    return alike.values()


def _together(versions: Iterable[VersionInForce], watermark_ms: int) -> _Versions:
    each = sorted((_version(one, watermark_ms) for one in versions), key=lambda one: one.version)
    return _Versions(tuple(each), min(one.from_ms for one in each), max(one.until_ms for one in each))


def _wanted(of: _Versions, event: EventPattern, steps: int, globals_: int) -> _Wanted:
    wanted = next((one for one in event.props if one.operator == EQUALS), None)
    filters = tuple((one.name, compiled(one)) for one in event.props if one is not wanted)
    equals = None if wanted is None else (wanted.name, wanted.value)
    return _Wanted(equals, _Pattern(of, steps, globals_, filters))


class _Tenant:
    """A tenant's tests by name, and the patterns that they are gathered from: of each name those of each definition."""

    def __init__(self) -> None:
        self.tests: dict[str, NameTests] = {}
        self._patterns: defaultdict[str, dict[int, Sequence[_Wanted]]] = defaultdict(dict)
        self._names: dict[int, Iterable[str]] = {}

    def replace(self, definition_id: int, patterns: Mapping[str, Sequence[_Wanted]]) -> set[str]:
        """Take these patterns for a definition's, and return the names whose tests are to be gathered anew."""
        before = self._names.pop(definition_id, ())
        for name in before:
            del self._patterns[name][definition_id]
        for name, its in patterns.items():
            self._patterns[name][definition_id] = its
        if patterns:
            self._names[definition_id] = tuple(patterns)
        return {*before, *patterns}

    def gather(self, names: Iterable[str]) -> None:
        """Make the tests of these names from the patterns that there are."""
        for name in names:
            if of_definitions := self._patterns[name]:
                self.tests[name] = _tests(wanted for its in of_definitions.values() for wanted in its)
            else:
                self.tests.pop(name, None)
                del self._patterns[name]


def _tests(patterns: Iterable[_Wanted]) -> NameTests:
    equal: defaultdict[str, defaultdict[str, list[_Pattern]]] = defaultdict(lambda: defaultdict(list))
    others: list[_Pattern] = []
    for equals, pattern in patterns:
        into = others if equals is None else equal[equals[0]][equals[1]]
        into.append(pattern)
    frozen = (
        (path, {value: tuple(patterns) for value, patterns in by_value.items()}) for path, by_value in equal.items()
    )
    return NameTests(tuple(frozen), tuple(others))


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

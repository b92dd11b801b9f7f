"""The replica's index: versions, renames, archiving, tenants."""

from __future__ import annotations

from libs.contracts.reference import ACTION
from services.gateway.replicas.catalog import CatalogIndex, KindIndex, KnownItem
from tests.support.gateway.records import catalog_record
from tests.support.records import item_id

T = "default"


def test_an_older_state_changes_nothing() -> None:
    index = CatalogIndex()
    index.put(catalog_record(T, ACTION, "CREATE", version=3))
    index.put(catalog_record(T, ACTION, "MADE", of="CREATE", version=2))

    assert index.of(T).actions.by_mnemonic("made") is None
    assert index.of(T).actions.by_mnemonic("create") is not None


def test_a_rename_frees_the_old_mnemonic_unless_it_was_given_away() -> None:
    index = CatalogIndex()
    index.put(catalog_record(T, ACTION, "CREATE"))
    index.put(catalog_record(T, ACTION, "CREATE", of="NEWER"))
    index.put(catalog_record(T, ACTION, "MADE", of="CREATE", version=2))

    found = index.of(T).actions.by_mnemonic("Create")

    assert found is not None
    assert found.id == item_id(T, ACTION, "NEWER")
    assert index.of(T).actions.by_id(item_id(T, ACTION, "CREATE").upper()) == index.of(T).actions.by_mnemonic("made")


def test_tenants_and_kinds_are_apart() -> None:
    index = CatalogIndex()
    index.put(catalog_record(T, ACTION, "CREATE"))

    assert index.of("other").actions.by_mnemonic("CREATE") is None
    assert index.of(T).origins.by_mnemonic("CREATE") is None


def test_the_nearest_come_first_and_archived_ones_not_at_all() -> None:
    index = CatalogIndex()
    for name in ("CREATE", "CREATED", "ARCHIVE"):
        index.put(catalog_record(T, ACTION, name))
    index.put(catalog_record(T, ACTION, "CREATES", archived=True))

    assert index.of(T).actions.nearest("create") == ["CREATE", "CREATED"]
    assert index.of(T).actions.nearest("zzz") == []


def test_names_are_looked_for_some_times_a_second_whatever_is_asked() -> None:
    now = 100.0
    index = KindIndex(lambda: now)
    index.put(KnownItem("1", "CREATE", archived=False, version=1))

    hints = [index.nearest(f"CREATE{number}") for number in range(1_000)]
    assert (hints[0], sum(map(bool, hints))) == (["CREATE"], 20)
    assert index.nearest("create0") == ["CREATE"], "what was found a moment ago is known"
    assert index.nearest("CREATE" * 100) == []

    now = 101.0
    assert index.nearest("CREATE999") == ["CREATE"]

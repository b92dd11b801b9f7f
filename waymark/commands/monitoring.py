"""`waymark monitoring verify`: with the database and the log, never with an HTTP key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from libs.lazy import lazy_imports
from waymark.commands.operator import with_database
from waymark.commands.options import AsJson, DataDir, group

if TYPE_CHECKING:
    from services.monitoring.verify.verification import Verified

with lazy_imports():
    from libs.contracts import paths, times
    from libs.eventlog import open as logs
    from libs.service import settings as service_settings
    from services.monitoring import settings as monitoring
    from services.monitoring.health import filters
    from services.monitoring.verify import comparison, verification
    from waymark import console, operator, progress, settings

app = group("Results of critical interactions, worked out anew.")


@app.callback()
def _monitoring() -> None:
    """Results of critical interactions, worked out anew."""


@app.command("verify")
def verify(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Only this tenant's.", metavar="TENANT")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only results decided from then on (RFC 3339, or epoch ms).", metavar="TIME"),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Walk the source records anew by every version as it was in force, and compare with the results topic.

    Exit code 1 when results differ: missing (the walk comes to them, the topic has none), unexpected (the other way
    round) or different. Nothing is written, and everything may be running meanwhile: what is not decided yet is left
    out.

    These cannot match: results of records that the log no longer holds; matches that found no room
    (WAYMARK_MONITORING_OPEN_MATCHES_MAX); what was held by another WAYMARK_MONITORING_WATERMARK_MS than the present
    one; records that were appended long after they were accepted, when time had passed already, or that came late to a
    key that had been idle for about a minute; records that the gate parked or passed over; and, with --since, keys
    whose matches have followed each other without a pause since before.

    Takes some 200 bytes of memory for each result, and 100 for each record that a definition names.
    """
    since_ms = 0 if since is None else _instant(since)

    async def work(machine: settings.MachineSettings) -> None:
        watermark_ms = service_settings.settings_of(monitoring.MonitoringSettings).monitoring_watermark_ms
        async with operator.projectors(machine) as projector_of, logs.opened_log(machine) as log:
            runs = verification.Verification(await projector_of(paths.MONITORING), log, watermark_ms)
            with progress.progress_bar("verifying", hidden=as_json) as bar:
                found = await runs.run(tenant_id=tenant, since_ms=since_ms, on_progress=bar.of)
        if as_json:
            console.print_json(_verified_json(found))
        else:
            for line in _verified_lines(found):
                console.print_plain(line)
        if not found.comparison.is_equal:
            raise typer.Exit(1)

    with_database(data_dir, work)


def _instant(text: str) -> int:
    try:
        return filters.read_instant_ms(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None


def _verified_json(found: Verified) -> dict[str, Any]:
    compared = found.comparison
    return {
        "since": found.since_ms,
        "until": found.until_ms,
        "scanned": found.scanned,
        "relevant": found.relevant,
        "equal": compared.equal,
        **{difference: compared.counts[difference] for difference in comparison.DIFFERENCES},
        "ids": compared.shown,
    }


def _verified_lines(found: Verified) -> list[str]:
    compared = found.comparison
    counts = ", ".join(f"{compared.counts[difference]:,} {difference}" for difference in comparison.DIFFERENCES)
    lines = [
        f"records up to {times.format_ms(found.until_ms)}: {found.scanned:,} read, {found.relevant:,} relevant",
        f"results: {compared.equal:,} equal, {counts}",
    ]
    for difference, ids in compared.shown.items():
        lines += [f"{difference}: {result_id}" for result_id in ids]
        if compared.counts[difference] > len(ids):
            lines.append(f"{difference}: and {compared.counts[difference] - len(ids):,} more")
    return lines

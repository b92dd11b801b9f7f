"""Critical interactions: how they end and how long they take, and whether alerts about them go out."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import IN_RANGE, Dashboard, Row, Variable
from deploy.grafana.panels import (
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Column,
    PanelLimits,
    Query,
    figure,
    lines,
    table,
)

_PLACE: Final = 'tenant=~"$tenant",interaction=~"$interaction"'
_RESULTS: Final = "waymark_critical_interaction_results_total"
_SECONDS: Final = "waymark_critical_interaction_duration_seconds_bucket"
_BY: Final = "tenant, interaction"
_ERROR_LIMITS: Final = PanelLimits(0.01, 0.05)
_PAGE: Final = "${console}/console/critical-interactions"


def _results(where: str = "", by: str = _BY, over: str = "rate", window: str = "$__rate_interval") -> str:
    """Return the growth of the results by labels; by none: of all together."""
    return f"sum by ({by}) ({over}({_RESULTS}{{{_PLACE}{where}}}[{window}]))"


def _quantile(fraction: str, by: str = "", window: str = "$__rate_interval") -> str:
    return f"histogram_quantile({fraction}, sum by ({by}le) (rate({_SECONDS}{{{_PLACE}}}[{window}])))"


def _share(part: str, whole: str, by: str = _BY, window: str = "$__rate_interval") -> str:
    return f"{_results(part, by, window=window)} / {_results(whole, by, window=window)}"


_ENDED: Final = ',outcome=~"completed|errored"'
_SATISFIED: Final = ',category=~"Excellent|Good"'
_COMPLETED: Final = ',outcome="completed"'
_ERRORED: Final = ',outcome="errored"'

_GLANCE: Final = Row(
    "At a glance",
    [
        figure(
            "Results",
            "Critical interactions that came to an end, a minute.",
            "cpm",
            f"60 * {_results(by='')}",
        ),
        figure(
            "Error rate",
            "Share of those that errored (timeouts, violations of the sequence) among the completed and errored ones.",
            "percentunit",
            _share(_ERRORED, _ENDED, by=""),
            limits=_ERROR_LIMITS,
            decimals=2,
        ),
        figure(
            "Satisfied",
            "Share of the completed ones that were Excellent or Good. The Apdex, which weighs every duration, is in "
            "the console.",
            "percentunit",
            _share(_SATISFIED, _COMPLETED, by=""),
            limits=PanelLimits(0.9, 0.75, falling=True),
            decimals=1,
        ),
        figure(
            "Duration, p95",
            "From the first record to the last, of the completed ones.",
            "s",
            _quantile("0.95"),
        ),
        figure(
            "Alert rules late by",
            "How long the rule has been due that has been due for longest. It grows on when nobody evaluates.",
            "s",
            "max(waymark_alert_evaluation_lag_seconds)",
            limits=PanelLimits(10, 60, alert="WaymarkAlertsLate"),
        ),
        figure(
            "Webhooks waiting",
            "Messages that no receiver has taken yet. A receiver that was away gets them later, in nine attempts.",
            "short",
            "max(waymark_webhook_deliveries_waiting)",
            limits=PanelLimits(100, 1_000, alert="WaymarkWebhooksWaiting"),
        ),
    ],
)
_ENDS: Final = Row(
    "How they end",
    [
        table(
            "Critical interactions",
            "Of the chosen range. A row leads to its page in the console, same range: results, traces, records.",
            {"tenant": "Tenant", "interaction": "Interaction"},
            Column(title="Results", expr=_results(over="increase", window="$__range"), unit="short"),
            Column(
                title="Error rate",
                expr=_share(_ERRORED, _ENDED, window="$__range"),
                unit="percentunit",
                limits=_ERROR_LIMITS,
            ),
            Column(
                title="Satisfied",
                expr=_share(_SATISFIED, _COMPLETED, window="$__range"),
                unit="percentunit",
                limits=PanelLimits(0.9, 0.75, falling=True),
            ),
            Column(title="p50", expr=_quantile("0.5", f"{_BY}, ", "$__range"), unit="s"),
            Column(title="p95", expr=_quantile("0.95", f"{_BY}, ", "$__range"), unit="s"),
            sort_by="Error rate",
            width=24,
        ).linked("Open in the console", f"{_PAGE}/${{__data.fields.Interaction:percentencode}}?{IN_RANGE}"),
        lines(
            "Results by outcome",
            "Completed, errored, aborted. A fall of all three is traffic that stays away, or records that do not come.",
            "cpm",
            Query(f"60 * {_results(by='outcome')}", "{{outcome}}"),
            colors={"completed": GREEN, "errored": RED, "aborted": GREY},
            stacked=True,
        ),
        lines(
            "Error rate",
            "By critical interaction. A click on a point leads to it in the console.",
            "percentunit",
            Query(_share(_ERRORED, _ENDED), "{{interaction}} ({{tenant}})"),
            limits=_ERROR_LIMITS,
            many=True,
        ).linked("Open in the console", f"{_PAGE}/${{__field.labels.interaction:percentencode}}?{IN_RANGE}"),
        lines(
            "Causes",
            "Why interactions errored or were aborted.",
            "cpm",
            Query("60 * " + _results(',outcome!="completed"', by="outcome, cause"), "{{outcome}}: {{cause}}"),
            many=True,
        ),
        lines(
            "Completed, by category",
            "By the limits of the version that each began under.",
            "cpm",
            Query("60 * " + _results(_COMPLETED, by="category"), "{{category}}"),
            colors={"Excellent": GREEN, "Good": "semi-dark-green", "Average": YELLOW, "Poor": ORANGE},
            stacked=True,
        ),
    ],
)
_DURATIONS: Final = Row(
    "How long they take",
    [
        lines(
            "Duration, p50",
            "By critical interaction, of the completed ones.",
            "s",
            Query(_quantile("0.5", f"{_BY}, "), "{{interaction}} ({{tenant}})"),
            many=True,
        ).linked("Open in the console", f"{_PAGE}/${{__field.labels.interaction:percentencode}}?{IN_RANGE}"),
        lines(
            "Duration, p95",
            "By critical interaction, of the completed ones.",
            "s",
            Query(_quantile("0.95", f"{_BY}, "), "{{interaction}} ({{tenant}})"),
            many=True,
        ).linked("Open in the console", f"{_PAGE}/${{__field.labels.interaction:percentencode}}?{IN_RANGE}"),
    ],
)
_ALERTS: Final = Row(
    "Alerts and webhooks",
    [
        lines(
            "Alert rules evaluated",
            "By what they came to. `failed`: a rule breaks its evaluation, the log of monitoring names it. `no_data` "
            "that rises: figures are stale.",
            "cps",
            Query("sum by (outcome) (rate(waymark_alert_evaluations_total[$__rate_interval]))", "{{outcome}}"),
            colors={"ok": GREEN, "pending": YELLOW, "firing": RED, "no_data": GREY, "failed": ORANGE},
        ),
        lines(
            "Webhook deliveries",
            "Attempts by outcome. `failed`: the message was given up; its deliveries in the console say why.",
            "cps",
            Query("sum by (outcome) (rate(waymark_webhook_deliveries_total[$__rate_interval]))", "{{outcome}}"),
            colors={"delivered": GREEN, "retried": ORANGE, "failed": RED},
        ),
    ],
)

DASHBOARD: Final = Dashboard(
    uid="waymark-interactions",
    title="Waymark · Critical interactions",
    description="How critical interactions end and how long they take, and whether alerts about them go out.",
    console="/critical-interactions",
    rows=(_GLANCE, _ENDS, _DURATIONS, _ALERTS),
    variables=(Variable("tenant", "Tenant", _RESULTS), Variable("interaction", "Interaction", _RESULTS)),
)

/** The figures of the range as a whole. */

import { Facts } from "../../../components/Facts";
import { apdexRating, formatFigure } from "../../../lib/health";
import { formatNumber } from "../../../lib/numbers";
import type { Health } from "../../../state/health";

export function Totals({ of }: { readonly of: Health }) {
  const { total } = of;
  return (
    <Facts
      facts={[
        ["Apdex", <Score key="apdex" of={total.apdex} />],
        ["Strict Apdex", <Score key="strict" of={total.strictApdex} />],
        ["Error rate", figureOf("errorRate", total.errorRate)],
        ["p50", figureOf("p50", total.p50)],
        ["p95", figureOf("p95", total.p95)],
        ["p99", figureOf("p99", total.p99)],
        ["Results", formatNumber(total.total)],
        ["Throughput", figureOf("throughputPerMinute", total.throughputPerMinute)],
        ["Open now", formatNumber(of.open)],
        ["Late records", formatNumber(of.late)],
        ["Not opened", formatNumber(of.notOpened)],
      ]}
    />
  );
}

function Score({ of }: { readonly of: number | null }) {
  if (of === null) return "–";
  return (
    <>
      {formatFigure("apdex", of)} <span className="dimmed small">{apdexRating(of)}</span>
    </>
  );
}

function figureOf(name: string, value: number | null): string {
  return value === null ? "–" : formatFigure(name, value);
}

/** What a trace was, in one line. */

import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { Duration, Time } from "../../components/Time";
import { formatNumber } from "../../lib/numbers";

export function SummaryLine({ of }: { readonly of: Schemas["SummaryOut"] }) {
  const counts = [
    counted(of.totalInteractions, "interaction"),
    counted(of.totalEvents, "event"),
    counted(of.errorCount, "error"),
    counted(of.resourceCount, "resource"),
    of.services.length ? counted(of.services.length, "service") : undefined,
    of.users.length ? counted(of.users.length, "user") : undefined,
  ];
  return (
    <Text size="sm">
      <Duration ms={of.durationMs} /> from <Time at={of.startedAt} millis ago zoned /> ·{" "}
      {counts.filter((count) => count !== undefined).join(" · ")}
    </Text>
  );
}

function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** How a critical interaction was over the range: its figures, what they are made of, and how they went. */

import { NativeSelect, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { Loaded } from "../../../components/states/Loaded";
import { NoMatch, NothingYet } from "../../../components/states/Nothing";
import { Time } from "../../../components/Time";
import { recordInteraction } from "../../../lib/commands";
import { OF_PAGE } from "../../../lib/critical/range";
import { useAddress } from "../../../state/address";
import { useGroupedHealth, useHealth } from "../../../state/health";
import { useRange } from "../../../state/range";
import { HEALTH_FIELDS } from "../fields";
import { Breakdown } from "./Breakdown";
import { Charts } from "./Charts";
import { GroupedCharts } from "./GroupedCharts";
import { Totals } from "./Totals";

interface HealthTabProps {
  readonly of: Schemas["CriticalInteractionOut"];
}

const WHOLE = "";

export function HealthTab({ of: { name, dimensions } }: HealthTabProps) {
  const { values, change } = useAddress(HEALTH_FIELDS);
  const options = [...dimensions, "version"];
  const groupBy = options.includes(values.groupBy) ? values.groupBy : undefined;
  const whole = useHealth(name, OF_PAGE);
  const grouped = useGroupedHealth(name, groupBy, whole);
  return (
    <Loaded query={whole.health} what="the health" height={700}>
      {({ data }) => (
        <Stack gap="lg">
          <Totals of={data} />
          {data.total.total === 0 ? (
            <Nothing />
          ) : (
            <>
              <Breakdown of={data.total} name={name} />
              {whole.asked.isCut && <Beginning ms={data.from} />}
              <NativeSelect
                label="Group by"
                w={260}
                value={groupBy ?? WHOLE}
                onChange={(event) => change({ groupBy: event.currentTarget.value })}
                data={[{ value: WHOLE, label: "Nothing" }, ...options]}
              />
              {groupBy === undefined ? (
                <Charts of={data} bucketMs={whole.asked.granularity.ms} figure={values.figure} />
              ) : (
                <GroupedCharts name={name} groupBy={groupBy} read={grouped} figure={values.figure} />
              )}
            </>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

/** From when on the figures count where the range is longer than one answer. */
function Beginning({ ms }: { readonly ms: number }) {
  return (
    <Text size="sm" role="note">
      The figures count what ended from <Time at={ms} zoned /> on: an answer holds no more days.
    </Text>
  );
}

function Nothing() {
  const { range } = useRange();
  if (range.from !== null || range.to !== null) return <NoMatch />;
  return (
    <NothingYet
      sentence="Figures stand here once records make a result: all steps in their order, a step that is missing too long, or one that must not be."
      command={recordInteraction(window.location.origin)}
    />
  );
}

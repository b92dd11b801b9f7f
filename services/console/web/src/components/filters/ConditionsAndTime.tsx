/** What interactions are chosen by besides texts: conditions on their JSON, and which of their times a range means. */

import { Group } from "@mantine/core";
import type { JsonFilter } from "../../lib/json/filters";
import type { Change } from "../../state/address";
import { Choice } from "../Choice";
import { JsonFilters } from "./JsonFilters";

type DateField = "createdDate" | "eventTime";

interface ConditionsAndTimeProps {
  readonly jsonFilters: readonly JsonFilter[];
  readonly dateField: DateField;
  readonly onConditions: (conditions: readonly JsonFilter[], how: Change) => void;
  readonly onTime: (dateField: DateField) => void;
}

export function ConditionsAndTime({ jsonFilters, dateField, onConditions, onTime }: ConditionsAndTimeProps) {
  return (
    <Group justify="space-between" align="flex-end">
      <JsonFilters value={jsonFilters} onChange={onConditions} />
      <Choice
        label="Time of"
        value={dateField}
        options={{ createdDate: "accepted", eventTime: "happened" }}
        onChange={onTime}
      />
    </Group>
  );
}

/** One version: what is different from the one before, and all of it as JSON. */

import { Stack, Text, Title } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { useGet } from "../../../api/queries";
import { Json } from "../../../components/Json";
import { JsonDifference } from "../../../components/JsonDifference";
import { RecordPanel } from "../../../components/record/RecordPanel";
import type { Opened } from "../../../components/record/useOpened";
import { Loaded } from "../../../components/states/Loaded";
import { definitionOf } from "../../../lib/critical/definition";

type Version = Schemas["InteractionVersionOut"];

/** As many as the API gives at once. */
const MOST = 500;

interface OpenedVersionProps {
  readonly name: string;
  readonly opened: Opened;
}

export function OpenedVersion({ name, opened }: OpenedVersionProps) {
  const all = useGet("/v1/interactions/{name}/versions", { params: { path: { name }, query: { size: MOST } } });
  return (
    <RecordPanel opened={opened}>
      <Loaded query={all} what="the version" height={300}>
        {({ data: { versions } }) => <One of={versions} wanted={opened.id} />}
      </Loaded>
    </RecordPanel>
  );
}

function One({ of, wanted }: { readonly of: readonly Version[]; readonly wanted: string }) {
  const one = of.find(({ version }) => String(version) === wanted);
  if (one === undefined) return <Text>There is no version {wanted}.</Text>;
  const before = of.find(({ version }) => version === one.version - 1);
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Version {one.version}
      </Title>
      {before !== undefined && (
        <div>
          <Text size="sm" fw={600} mb={4}>
            Difference to version {before.version}
          </Text>
          <JsonDifference before={definitionOf(before)} after={definitionOf(one)} />
        </div>
      )}
      <Json value={definitionOf(one)} />
    </Stack>
  );
}

/** The versions of an event type's schema in a dialog; the latest can be followed by another. */

import { Alert, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { type GetData, useGet } from "../../api/queries";
import { Dialog } from "../../components/Dialog";
import { Fields } from "../../components/Fields";
import { Json } from "../../components/Json";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import { useMay } from "../../state/me";
import { SchemaEditor } from "./SchemaEditor";
import { VERSIONS } from "./schemas";

type Versions = GetData<typeof VERSIONS>;
type Version = Versions["versions"][number];

interface OpenedEventTypeProps {
  /** Null for one that has no schema yet. */
  readonly name: string | null;
  readonly onClose: () => void;
}

export function OpenedEventType({ name, onClose }: OpenedEventTypeProps) {
  if (name !== null) return <Stored name={name} onClose={onClose} />;
  return (
    <Dialog title="New event type" size="xl" onClose={onClose}>
      <SchemaEditor name={null} schema={undefined} onDone={onClose} />
    </Dialog>
  );
}

function Stored({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const query = useGet(VERSIONS, { params: { path: { eventType: name } } });
  return (
    <Dialog title={name} size="xl" onClose={onClose}>
      <Loaded query={query} what={`the schema of ${name}`} height={480}>
        {(found) => <VersionsOf name={name} found={found} onDone={onClose} />}
      </Loaded>
    </Dialog>
  );
}

interface VersionsOfProps {
  readonly name: string;
  readonly found: Versions;
  readonly onDone: () => void;
}

function VersionsOf({ name, found: { versions }, onDone }: VersionsOfProps) {
  const mayWrite = useMay("editor");
  const latest = versions[0];
  const [chosen, setChosen] = useState<number>();
  const shown = versions.find(({ version }) => version === chosen) ?? latest;
  if (shown === undefined || latest === undefined) return null;
  return (
    <Stack>
      <Select
        label="Version"
        allowDeselect={false}
        data={versions.map((one) => ({ value: String(one.version), label: nameOf(one, latest) }))}
        value={String(shown.version)}
        onChange={(next) => setChosen(Number(next))}
      />
      <Fields
        items={[
          ["Created", <Time key="created" at={shown.createdAt} ago />],
          ["Created by", shown.createdBy],
          ["Narrower than the one before", shown.forced ? "yes: what was valid may be refused" : "no"],
        ]}
      />
      {latest.archivedAt !== null && (
        <Alert color="gray">Archived: events of this type are not checked. Saving takes it up again.</Alert>
      )}
      {mayWrite && shown === latest ? (
        <SchemaEditor key={latest.version} name={name} schema={latest.schema} onDone={onDone} />
      ) : (
        <Json value={shown.schema} />
      )}
    </Stack>
  );
}

function nameOf({ version }: Version, latest: Version): string {
  return version === latest.version ? `${version} (latest)` : String(version);
}

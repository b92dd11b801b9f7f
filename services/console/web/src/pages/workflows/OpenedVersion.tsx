/** A version of a workflow in a dialog: what it was like, and what is different from the one before. */

import { Group, Stack } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Schemas } from "../../api/client";
import { Dialog } from "../../components/Dialog";
import { Fields } from "../../components/Fields";
import { JsonDifference } from "../../components/JsonDifference";
import { Section } from "../../components/Section";
import { Picture } from "../../components/session/Picture";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import type { Definition } from "../../lib/canvas/definition";
import { definitionOf } from "../../lib/canvas/documents";
import { useMay } from "../../state/me";
import { useVersion } from "../../state/workflow";
import { VersionActions } from "./VersionActions";

const HEIGHT = 360;

interface OpenedVersionProps {
  readonly name: string;
  readonly version: number;
  readonly onClose: () => void;
}

export function OpenedVersion({ name, version, onClose }: OpenedVersionProps) {
  const query = useVersion(name, version);
  return (
    <Dialog title={`Version ${version} of ${name}`} size="xl" onClose={onClose} canClickAway>
      <Loaded query={query} what={`version ${version}`} height={600}>
        {(found) => <Version name={name} found={found} />}
      </Loaded>
    </Dialog>
  );
}

interface VersionProps {
  readonly name: string;
  readonly found: Schemas["WorkflowVersionOut"];
}

function Version({ name, found }: VersionProps) {
  const mayWrite = useMay("editor");
  const [selected, select] = useState<string | null>(null);
  const definition = useMemo(() => definitionOf(found), [found]);
  return (
    <Stack>
      <Fields
        items={[
          ["Saved", <Time key="saved" at={found.createdDate} ago zoned />],
          ["By", <code key="by">{found.createdBy}</code>],
          ["Description", found.description],
          ["Active", found.active ? "yes: /run runs it" : "no"],
        ]}
      />
      {mayWrite && (
        <Group>
          <VersionActions name={name} of={found} />
        </Group>
      )}
      <Picture definition={definition} selected={selected} onSelect={select} height={HEIGHT} />
      {found.version > 1 && <Differences name={name} after={definition} version={found.version} />}
    </Stack>
  );
}

interface DifferencesProps {
  readonly name: string;
  readonly version: number;
  readonly after: Definition;
}

function Differences({ name, version, after }: DifferencesProps) {
  const before = useVersion(name, version - 1);
  return (
    <Section title={`Different from version ${version - 1}`}>
      <Loaded query={before} what={`version ${version - 1}`} height={80}>
        {(found) => <JsonDifference before={definitionOf(found)} after={after} />}
      </Loaded>
    </Section>
  );
}

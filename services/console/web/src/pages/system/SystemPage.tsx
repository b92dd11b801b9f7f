/** Whether the installation is ready, and how its processes are. */

import { Alert, Anchor, Code, Stack, Text } from "@mantine/core";
import { type Readiness, useConfig, useExposition, useReadiness } from "../../api/system";
import { Page } from "../../components/Page";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";
import { type Column, DataTable } from "../../components/table/DataTable";
import { Processes } from "./Processes";

type Failing = readonly [name: string, why: string];

const FAILING: readonly Column<Failing>[] = [
  { head: "Part", cell: ([name]) => <Code>{name}</Code> },
  { head: "Why", cell: ([, why]) => <span className="break">{why}</span> },
];

export default function SystemPage() {
  const readiness = useReadiness();
  const exposition = useExposition();
  const config = useConfig();
  return (
    <Page title="System">
      <Section title="Readiness">
        <Loaded query={readiness} what="whether all is ready" height={56}>
          {(found) => <Ready readiness={found} />}
        </Loaded>
      </Section>
      <Loaded query={exposition} what="the metrics" height={600}>
        {(text) =>
          text === null ? <Elsewhere grafanaUrl={config.data?.grafanaUrl} /> : <Processes exposition={text} />
        }
      </Loaded>
      {config.data !== undefined && (
        <Text size="sm" c="dimmed">
          Waymark {config.data.version}
          {config.data.grafanaUrl !== null && (
            <>
              {" · "}
              <Anchor href={config.data.grafanaUrl}>Grafana</Anchor>
            </>
          )}
        </Text>
      )}
    </Page>
  );
}

function Ready({ readiness }: { readonly readiness: Readiness }) {
  const failing = Object.entries(readiness.failing);
  if (failing.length === 0) {
    return (
      <Alert color="green" role="status" title="Ready">
        Every part has what it needs.
      </Alert>
    );
  }
  return (
    <Stack gap="sm">
      <Alert color="red" role="alert" title="Not ready">
        {failing.length === 1 ? "One part fails." : `${failing.length} parts fail.`}
      </Alert>
      <DataTable caption="What fails" columns={FAILING} rows={failing} rowKey={([name]) => name} />
    </Stack>
  );
}

/** Behind the edge no address serves the metrics of all: Prometheus asks each service. */
function Elsewhere({ grafanaUrl }: { readonly grafanaUrl: string | null | undefined }) {
  return (
    <Section title="Metrics">
      {grafanaUrl ? (
        <Text>
          Lag, parked records, outboxes and the log are shown by <Anchor href={grafanaUrl}>Grafana</Anchor>.
        </Text>
      ) : (
        <Text>
          This address serves no metrics. Prometheus reads them from each service; set <Code>WAYMARK_GRAFANA_URL</Code>{" "}
          to have a link to Grafana here.
        </Text>
      )}
    </Section>
  );
}

/** One metric: what it is, how far it is, its values, and the records behind each of them. */

import { Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { keyOf, useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { useGo } from "../../components/PageLink";
import { Loaded } from "../../components/states/Loaded";
import { text } from "../../lib/address/fields";
import { useAddress, useHref } from "../../state/address";
import { useMay } from "../../state/me";
import { METRIC, type Metric, VALUE_READS } from "./api";
import { ComputeButton, Computing } from "./detail/Computing";
import { Definition } from "./detail/Definition";
import { Runs } from "./detail/Runs";
import { type ComputingState, useComputing } from "./detail/useComputing";
import { Values } from "./detail/Values";
import { MetricDialog } from "./form/MetricDialog";
import { DeleteMetric, EditMetric, PauseOrResume } from "./MetricActions";
import { isGoingOn } from "./StateWords";
import { usePolling } from "./usePolling";

const FIELDS = { open: text() };
const EDIT = "edit";

export default function MetricPage() {
  const { id = "" } = useParams({ strict: false });
  const metric = useGet(METRIC, { params: { path: { id } } }, { fresh: true });
  const { values, change } = useAddress(FIELDS);
  const mayWrite = useMay("editor");
  const computing = useComputing(id);
  const close = () => change({ open: "" });
  usePolling(metric, metric.data !== undefined && isGoingOn(metric.data));
  useValuesOf(metric.data);
  return (
    <Page
      title={metric.data?.name ?? "Metric"}
      actions={
        metric.data !== undefined &&
        mayWrite && <Actions metric={metric.data} computing={computing} onEdit={() => change({ open: EDIT })} />
      }
    >
      <Computing of={computing} />
      <Loaded query={metric} what="the metric" height={600}>
        {(found) => (
          <Stack gap="xl">
            <Definition of={found} />
            <Values of={found} />
            <Runs of={found} />
          </Stack>
        )}
      </Loaded>
      {values.open === EDIT && mayWrite && metric.data !== undefined && (
        <MetricDialog metric={metric.data} onDone={close} onClose={close} />
      )}
    </Page>
  );
}

interface ActionsProps {
  readonly metric: Metric;
  readonly computing: ComputingState;
  readonly onEdit: () => void;
}

function Actions({ metric, computing, onEdit }: ActionsProps) {
  const href = useHref();
  const go = useGo();
  return (
    <>
      {metric.status === "active" && <ComputeButton of={computing} />}
      <EditMetric onEdit={onEdit} />
      <PauseOrResume metric={metric} />
      <DeleteMetric metric={metric} onDone={() => go(href("/metrics"))} />
    </>
  );
}

/** Read the values again whenever others are served or stored. */
function useValuesOf(metric: Metric | undefined): void {
  const queries = useQueryClient();
  const served = metric && `${metric.state.servingVersion} ${metric.lastComputedAt}`;
  useEffect(() => {
    if (served === undefined) return;
    for (const path of VALUE_READS) void queries.invalidateQueries({ queryKey: keyOf(path) });
  }, [served, queries]);
}

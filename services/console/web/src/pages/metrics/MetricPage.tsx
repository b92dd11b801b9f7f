/** One metric: what it is, how far it is, its values, and the records behind each of them. */

import { Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { keyOf, useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { Loaded } from "../../components/states/Loaded";
import { METRIC, type Metric, VALUE_READS } from "./api";
import { Definition } from "./detail/Definition";
import { Runs } from "./detail/Runs";
import { Values } from "./detail/Values";
import { isGoingOn } from "./StateWords";
import { usePolling } from "./usePolling";

export default function MetricPage() {
  const { id = "" } = useParams({ strict: false });
  const metric = useGet(METRIC, { params: { path: { id } } }, { fresh: true });
  usePolling(metric, metric.data !== undefined && isGoingOn(metric.data));
  useValuesOf(metric.data);
  return (
    <Page title={metric.data?.name ?? id}>
      <Loaded query={metric} what="the metric" height={600}>
        {(found) => (
          <Stack gap="xl">
            <Definition of={found} />
            <Values of={found} />
            <Runs of={found} />
          </Stack>
        )}
      </Loaded>
    </Page>
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

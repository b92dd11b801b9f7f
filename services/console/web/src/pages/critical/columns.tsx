/** The columns of the list of critical interactions. */

import { Box } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { ApdexCell, ApdexTrend, FigureCell } from "../../components/health/FigureCells";
import { PageLink } from "../../components/PageLink";
import type { Column } from "../../components/table/DataTable";
import { paths } from "../../lib/address/paths";
import { SloCell } from "./SloCell";
import { StatusBadge } from "./StatusBadge";

type Row = Schemas["CriticalInteractionOut"];

export const COLUMNS: readonly Column<Row>[] = [
  {
    head: "Name",
    cell: ({ name }) => (
      <Box miw={150} className="break">
        <PageLink to={paths.criticalInteraction(name)}>{name}</PageLink>
      </Box>
    ),
  },
  { head: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { head: "Apdex", align: "right", cell: ({ name }) => <ApdexCell of={name} /> },
  { head: "Apdex over time", cell: ({ name }) => <ApdexTrend of={name} /> },
  { head: "Error rate", align: "right", cell: ({ name }) => <FigureCell of={name} figure="errorRate" /> },
  { head: "p95", align: "right", cell: ({ name }) => <FigureCell of={name} figure="p95" /> },
  { head: "Rate", align: "right", cell: ({ name }) => <FigureCell of={name} figure="throughputPerMinute" /> },
  { head: "SLO", cell: ({ name }) => <SloCell of={name} /> },
];

/** How everything is, on one page: each part lives on when another fails, and leads to where more is to be seen. */

import { SimpleGrid } from "@mantine/core";
import { useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { NothingYet } from "../../components/states/Nothing";
import { recordInteraction } from "../../lib/commands";
import { useAutoRefresh } from "../../state/refresh";
import { Alerts } from "./Alerts";
import { CriticalInteractions } from "./CriticalInteractions";
import { EventTypes } from "./EventTypes";
import { FailingTraces } from "./FailingTraces";
import { Health } from "./Health";
import { Rates } from "./Rates";
import { Slos } from "./Slos";
import { Timeline } from "./Timeline";

export default function OverviewPage() {
  useAutoRefresh();
  return (
    <Page title="Overview">
      <First />
      <Health />
      <Rates />
      <Timeline />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" verticalSpacing="lg">
        <Alerts />
        <Slos />
        <CriticalInteractions />
        <FailingTraces />
        <EventTypes />
      </SimpleGrid>
    </Page>
  );
}

/** How the first interaction is recorded, as long as there is none. */
function First() {
  const any = useGet("/api/interactions", { params: { query: { limit: 1 } } });
  if (any.data === undefined || any.data.pagination.total > 0) return null;
  return (
    <NothingYet
      sentence="Interactions are counted here once something records them: who did what to which resource."
      command={recordInteraction(window.location.origin)}
    />
  );
}

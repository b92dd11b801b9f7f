/** To be built. */

import { Page } from "../../components/Page";

export default function AlertsPage() {
  return <Page title="Alerts">{null}</Page>;
}

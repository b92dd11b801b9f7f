/** To be built. */

import { Page } from "../../components/Page";

export default function MetricsPage() {
  return <Page title="Metrics">{null}</Page>;
}

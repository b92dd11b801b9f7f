/** To be built. */

import { Page } from "../../components/Page";

export default function WorkflowsPage() {
  return <Page title="Workflows">{null}</Page>;
}

/** To be built. */

import { Page } from "../../components/Page";

export default function CriticalInteractionsPage() {
  return <Page title="Critical interactions">{null}</Page>;
}

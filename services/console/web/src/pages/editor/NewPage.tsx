/** To be built. */

import { Page } from "../../components/Page";

export default function NewPage() {
  return <Page title="New critical interaction">{null}</Page>;
}

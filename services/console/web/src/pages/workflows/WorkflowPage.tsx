/** To be built. */

import { useParams } from "@tanstack/react-router";
import { Page } from "../../components/Page";

export default function WorkflowPage() {
  const { name = "" } = useParams({ strict: false });
  return <Page title={name}>{null}</Page>;
}

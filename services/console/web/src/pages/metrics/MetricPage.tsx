/** To be built. */

import { useParams } from "@tanstack/react-router";
import { Page } from "../../components/Page";

export default function MetricPage() {
  const { id = "" } = useParams({ strict: false });
  return <Page title={id}>{null}</Page>;
}

/** To be built. */

import { useParams } from "@tanstack/react-router";
import { Page } from "../../components/Page";

export default function SessionPage() {
  const { id = "" } = useParams({ strict: false });
  return <Page title={`Session ${id}`}>{null}</Page>;
}

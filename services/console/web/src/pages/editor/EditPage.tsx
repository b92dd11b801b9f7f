/** To be built. */

import { useParams } from "@tanstack/react-router";
import { Page } from "../../components/Page";

export default function EditPage() {
  const { name = "" } = useParams({ strict: false });
  return <Page title={`Edit ${name}`}>{null}</Page>;
}

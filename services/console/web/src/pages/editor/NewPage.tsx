/** Defines a critical interaction. */

import { Page } from "../../components/Page";
import { useMay } from "../../state/me";
import { Editor } from "./Editor";
import { NotForViewers } from "./NotForViewers";

export default function NewPage() {
  const mayWrite = useMay("editor");
  return <Page title="New critical interaction">{mayWrite ? <Editor base={null} /> : <NotForViewers />}</Page>;
}

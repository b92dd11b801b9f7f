/** Changes a critical interaction, from the version that was stored when it was opened. */

import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { Loaded } from "../../components/states/Loaded";
import { useMay } from "../../state/me";
import { Editor, type Stored } from "./Editor";
import { NotForViewers } from "./NotForViewers";

export default function EditPage() {
  const { name = "" } = useParams({ strict: false });
  const mayWrite = useMay("editor");
  const found = useGet("/v1/interactions/{name}", { params: { path: { name } } }, { fresh: true });
  return (
    <Page title={`Edit ${name}`}>
      {mayWrite ? (
        <Loaded query={found} what="the critical interaction" height={600}>
          {({ data }: Schemas["InteractionDetailsOut"]) => <Opened key={name} stored={data} />}
        </Loaded>
      ) : (
        <NotForViewers />
      )}
    </Page>
  );
}

/** Hold on to the version that was opened: what is read later would take away what was typed. */
function Opened({ stored }: { readonly stored: Stored }) {
  const [{ base, isTaken }, setBase] = useState({ base: stored, isTaken: false });
  const take = (theirs: Stored) => setBase({ base: theirs, isTaken: true });
  return <Editor key={base.version} base={base} onTake={take} isTaken={isTaken} />;
}

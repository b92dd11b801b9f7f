/** One interaction by its id. */

import { useParams } from "@tanstack/react-router";
import { useGet } from "../../api/queries";
import { Page } from "../../components/Page";
import { InteractionRecord } from "../../components/record/InteractionRecord";
import { Loaded } from "../../components/states/Loaded";

export default function InteractionPage() {
  const { interactionId = "" } = useParams({ strict: false });
  const interaction = useGet(
    "/api/interactions/{interactionId}",
    { params: { path: { interactionId } } },
    { fresh: true },
  );
  const number = interaction.data?.interactionNumber;
  return (
    <Page title={number === undefined ? "Interaction" : `Interaction ${number}`}>
      <Loaded query={interaction} what="the interaction" height={400}>
        {(found) => <InteractionRecord of={found} />}
      </Loaded>
    </Page>
  );
}

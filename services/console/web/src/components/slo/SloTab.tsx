/** The service level objectives of a critical interaction: what is left of each budget, and how fast it burns. */

import { Button, Group, Stack } from "@mantine/core";
import { useGet } from "../../api/queries";
import { text } from "../../lib/address/fields";
import { createSlo } from "../../lib/commands";
import { useAddress } from "../../state/address";
import { useMay } from "../../state/me";
import { Loaded } from "../states/Loaded";
import { NothingYet } from "../states/Nothing";
import { SloForm } from "./SloForm";
import { SloPanel } from "./SloPanel";

const FIELDS = { open: text() };
const NEW = "new";
/** More than anybody defines for one critical interaction. */
const MOST = 100;

export function SloTab({ name }: { readonly name: string }) {
  const { values, change } = useAddress(FIELDS);
  const mayWrite = useMay("editor");
  const list = useGet("/v1/slos", { params: { query: { interactionName: name, page: 0, size: MOST } } });
  const close = () => change({ open: "" });
  const opened = list.data?.data.slos.find(({ id }) => id === values.open);
  return (
    <Stack gap="lg">
      {mayWrite && (
        <Group justify="flex-end">
          <Button size="compact-md" aria-haspopup="dialog" onClick={() => change({ open: NEW })}>
            New SLO
          </Button>
        </Group>
      )}
      <Loaded query={list} what="the SLOs" height={300}>
        {({ data: { slos } }) =>
          slos.length === 0 ? (
            <NothingYet
              sentence="A service level objective says which share of the results has to be good, and tells when its error budget goes too fast."
              command={createSlo(window.location.origin, name)}
            />
          ) : (
            <Stack gap="lg">
              {slos.map((slo) => (
                <SloPanel key={slo.id} slo={slo} mayWrite={mayWrite} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {mayWrite && values.open === NEW && <SloForm interactionName={name} slo={null} onClose={close} />}
      {mayWrite && opened !== undefined && (
        <SloForm key={opened.id} interactionName={name} slo={opened} onClose={close} />
      )}
    </Stack>
  );
}

/** The sessions of a workflow that began in the page's time range. */

import { NativeSelect, Stack } from "@mantine/core";
import { useGet } from "../../api/queries";
import { SessionTable } from "../../components/session/SessionTable";
import { Loaded } from "../../components/states/Loaded";
import { NothingFound } from "../../components/states/Nothing";
import { choice } from "../../lib/address/fields";
import { runWorkflow } from "../../lib/commands";
import { SESSION_STATUSES } from "../../lib/session/status";
import { useAddress } from "../../state/address";
import { useRange } from "../../state/range";
import { useSessions } from "../../state/sessions";

const FIELDS = { status: choice("any", ...SESSION_STATUSES) };
const STATUSES = [{ value: "any", label: "any" }, ...SESSION_STATUSES.map((one) => ({ value: one, label: one }))];

export function SessionsTab({ name }: { readonly name: string }) {
  const { values, change } = useAddress(FIELDS);
  const { status } = values;
  const { from, to } = useRange();
  const pages = useSessions({ workflow: name, ...(status !== "any" && { status }), from, to });
  return (
    <Stack gap="md">
      <NativeSelect
        label="Status"
        w={180}
        value={status}
        data={STATUSES}
        onChange={(event) => change({ status: event.currentTarget.value as typeof status })}
      />
      <Loaded query={pages} what="the sessions" height={400}>
        {(sessions) =>
          sessions.total === 0 ? (
            <Nothing name={name} isFiltered={status !== "any"} onClear={() => change({ status: "any" })} />
          ) : (
            <SessionTable caption={`Sessions of ${name}`} sessions={sessions} pages={pages} />
          )
        }
      </Loaded>
    </Stack>
  );
}

interface NothingProps {
  readonly name: string;
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}

/** Tell a workflow that was never run from one without such sessions. */
function Nothing({ name, isFiltered, onClear }: NothingProps) {
  const any = useSessions({ workflow: name });
  const endpoint = useGet("/api/v1/workflows/{name}/endpoint", { params: { path: { name } } });
  return (
    <NothingFound
      isFiltered={isFiltered}
      onClear={onClear}
      any={any}
      totalOf={({ total }) => total}
      what="the sessions"
      sentence="A session stands here for each time that somebody runs this workflow."
      command={endpoint.data && runWorkflow(endpoint.data.url, endpoint.data.body)}
    />
  );
}

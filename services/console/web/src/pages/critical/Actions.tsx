/** What an editor may do with a critical interaction: edit, stop or start, delete it. */

import { Button } from "@mantine/core";
import { api, type Schemas } from "../../api/client";
import { type GetPath, useGet } from "../../api/queries";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { useGo, useLink } from "../../components/PageLink";
import { paths } from "../../lib/address/paths";
import { formatNumber } from "../../lib/numbers";
import { useHref } from "../../state/address";

type One = Schemas["CriticalInteractionOut"];

const LISTS: readonly GetPath[] = ["/v1/interactions", "/v1/slos", "/v1/alert-rules"];

export function Actions({ of }: { readonly of: One }) {
  const edit = useLink({ to: paths.criticalInteractionEditor(of.name) });
  return (
    <>
      <Button component="a" size="compact-sm" {...edit}>
        Edit
      </Button>
      <StopOrStart of={of} />
      <Delete of={of} />
    </>
  );
}

function StopOrStart({ of }: { readonly of: One }) {
  const isRunning = of.status === "RUNNING";
  return (
    <ConfirmButton
      key={of.status}
      verb={isRunning ? "Stop" : "Start"}
      thing={of.name}
      isDestructive={false}
      send={() =>
        api.PATCH("/v1/interactions/{name}", {
          params: paramsOf(of),
          body: { status: isRunning ? "STOPPED" : "RUNNING" },
        })
      }
      reads={[...LISTS, "/v1/interactions/{name}", "/v1/interactions/{name}/versions"]}
    >
      {isRunning
        ? "What has begun and is not complete ends as aborted. Records accepted after that are not judged by it until it is started again."
        : "Records accepted from then on are judged by it; those accepted while it was stopped are not."}
    </ConfirmButton>
  );
}

function Delete({ of }: { readonly of: One }) {
  const go = useGo();
  const list = useHref()("/critical-interactions");
  return (
    <ConfirmButton
      verb="Delete"
      thing={`the critical interaction ${of.name}`}
      send={() => api.DELETE("/v1/interactions/{name}", { params: paramsOf(of) })}
      reads={LISTS}
      onDone={() => go(list)}
    >
      <GoesAlong name={of.name} /> What has begun and is not complete ends as aborted. Its results and figures can be
      read no longer.
    </ConfirmButton>
  );
}

/** What is deleted with a critical interaction. */
function GoesAlong({ name }: { readonly name: string }) {
  const query = { interactionName: name, page: 0, size: 1 };
  const slos = useGet("/v1/slos", { params: { query } });
  const rules = useGet("/v1/alert-rules", { params: { query } });
  const counts = [counted(slos.data?.data.totalSlos, "SLO"), counted(rules.data?.data.totalAlertRules, "alert rule")];
  return `Its ${counts.join(" and its ")} go along with it.`;
}

function counted(count: number | undefined, noun: string): string {
  return count === undefined ? `${noun}s` : `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Address the version that is shown: one that was changed meanwhile is not written over. */
function paramsOf({ name, version }: One) {
  return { path: { name }, header: { "If-Match": `"${version}"` } };
}

/** The names that the fields of the editor suggest: what was seen, once for all fields. */

import { useGet } from "../../api/queries";
import { ATTRIBUTES, stepNames } from "../../lib/critical/names";
import { useMnemonics } from "../../state/mnemonics";
import { useRange } from "../../state/range";

export function Suggestions() {
  const { from, to } = useRange();
  const { resourceType, action } = useMnemonics();
  const counts = useGet("/api/v1/events/aggregate", { params: { query: { from, to } } });
  const eventTypes = counts.data?.byEventType.map(({ key }) => key) ?? [];
  return (
    <>
      <Names id="event-names" names={stepNames({ eventTypes, resourceTypes: resourceType, actions: action })} />
      <Names id="properties" names={ATTRIBUTES} />
    </>
  );
}

function Names({ id, names }: { readonly id: string; readonly names: readonly string[] }) {
  return (
    <datalist id={id}>
      {names.map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

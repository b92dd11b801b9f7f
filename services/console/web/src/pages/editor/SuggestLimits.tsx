/** Limits made from how long completed ones took, which are taken on a click alone. */

import { Button, Group, Paper, Text } from "@mantine/core";
import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import type { Problem } from "../../api/problem";
import { get } from "../../api/queries";
import { Fields } from "../../components/Fields";
import type { Form } from "../../components/form/useForm";
import { Failed } from "../../components/states/Failed";
import { type Draft, LIMITS } from "../../lib/critical/draft";
import { formatNumber } from "../../lib/numbers";
import { formatDuration } from "../../lib/time/zone";
import { useRange } from "../../state/range";
import type { Stored } from "./Editor";
import type { PreviewState } from "./usePreview";

type Suggested = Schemas["SuggestedLimits"];

interface SuggestLimitsProps {
  readonly form: Form<Draft>;
  readonly base: Stored | null;
  readonly preview: PreviewState;
}

export function SuggestLimits({ form, base, preview }: SuggestLimitsProps) {
  const [isAsked, setIsAsked] = useState(false);
  const observed = useObserved(base);
  const ask = () => {
    setIsAsked(true);
    if (base !== null) observed.mutate(base.name);
    else if (form.attempt()) preview.run(form.values);
  };
  const source = base === null ? preview.query : observed;
  const found = base === null ? preview.query.data?.wouldBe.suggestedLimits : observed.data;
  return (
    <>
      <Group gap="sm">
        <Button size="compact-sm" variant="default" loading={isAsked && source.isPending} onClick={ask}>
          Suggest limits
        </Button>
      </Group>
      {isAsked && observed.isError && <Failed verb="suggest" what="limits" problem={observed.error} />}
      {isAsked && found !== undefined && !source.isPending && (
        <Suggestion
          found={found}
          onTake={(limits) => {
            form.change(limits);
            setIsAsked(false);
          }}
        />
      )}
    </>
  );
}

/** Read how long completed ones of a stored definition took in the page's range. */
function useObserved(base: Stored | null): UseMutationResult<Suggested, Problem, string> {
  const { fromMs, to } = useRange();
  return useMutation({
    mutationKey: ["suggested limits", base?.name],
    mutationFn: async (name: string) => {
      const query = { from: String(fromMs ?? 0), to };
      return (await get("/v1/interactions/{name}/suggested-limits", { params: { path: { name }, query } })).data;
    },
  });
}

const NAMES = [
  "p50, as the lower limit",
  "p75, as the mid limit",
  "p95, as the upper limit",
  "Threshold, twice the p95",
];

interface SuggestionProps {
  readonly found: Suggested;
  readonly onTake: (limits: Partial<Draft>) => void;
}

function Suggestion({ found, onTake }: SuggestionProps) {
  const limits = LIMITS.map((name) => found[name]);
  if (limits.includes(null)) {
    return (
      <Text size="sm" role="status">
        {found.sample === 0 ? "None completed" : `Only ${formatNumber(found.sample)} completed`} in this range, and a
        suggestion needs 20.
      </Text>
    );
  }
  return (
    <Paper withBorder p="sm" component="section" aria-label="Suggested limits">
      <Text size="sm" mb="xs">
        How long {formatNumber(found.sample)} completed ones took:
      </Text>
      <Fields items={NAMES.map((name, index) => [name, formatDuration(limits[index] ?? 0)])} />
      <Button
        mt="sm"
        size="compact-sm"
        onClick={() => onTake(Object.fromEntries(LIMITS.map((name, index) => [name, String(limits[index])])))}
      >
        Use these limits
      </Button>
    </Paper>
  );
}

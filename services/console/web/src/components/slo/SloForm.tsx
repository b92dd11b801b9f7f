/** Defines a service level objective, or changes it. */

import { Checkbox, NativeSelect, SimpleGrid, TextInput } from "@mantine/core";
import { api, type Schemas } from "../../api/client";
import { checkSlo, draftOf, type GoodWhen, NEW_SLO, objectiveOf, type SloDraft } from "../../lib/slo/draft";
import { formatDuration } from "../../lib/time/zone";
import { WebhooksInput } from "../alerts/WebhooksInput";
import { Dialog } from "../Dialog";
import { FormFrame } from "../form/FormFrame";
import { useForm } from "../form/useForm";
import { BurnRulesInput } from "./BurnRulesInput";
import { SLO_READS } from "./words";

interface SloFormProps {
  readonly interactionName: string;
  /** The objective to change; null to define one. */
  readonly slo: Schemas["SloOut"] | null;
  readonly onClose: () => void;
}

const MINUTE_MS = 60_000;
const GOOD_WHEN: readonly { readonly value: GoodWhen; readonly label: string }[] = [
  { value: "COMPLETED", label: "it completed" },
  { value: "AVERAGE", label: "it was at least Average" },
  { value: "GOOD", label: "it was at least Good" },
  { value: "EXCELLENT", label: "it was Excellent" },
];

export function SloForm({ interactionName, slo, onClose }: SloFormProps) {
  const form = useForm<SloDraft, unknown>({
    initial: slo === null ? NEW_SLO : draftOf(slo),
    check: checkSlo,
    fieldOf: { CONFLICT: "name" },
    send: (draft) => write(interactionName, slo, draft),
    reads: SLO_READS,
    onDone: onClose,
  });
  const { values } = form;
  return (
    <Dialog title={slo === null ? "New SLO" : `Edit ${slo.name}`} onClose={onClose} size="lg">
      <FormFrame form={form} what="the SLO" isNew={slo === null} onCancel={onClose}>
        <TextInput label="Name" data-autofocus {...form.text("name")} />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            label="Target (%)"
            description="The share of results that has to be good"
            inputMode="decimal"
            {...form.text("target")}
          />
          <NativeSelect
            label="A result is good when"
            description="Of the completed and errored ones"
            data={[...GOOD_WHEN]}
            value={values.goodWhen}
            error={form.errorOf("goodWhen")}
            onChange={(event) => form.change({ goodWhen: event.currentTarget.value as GoodWhen })}
          />
          <TextInput
            label="Window (minutes)"
            description={durationOf(values.windowMinutes)}
            inputMode="numeric"
            {...form.text("windowMinutes")}
          />
          <TextInput
            label="Minimum of results"
            description="A burn rule wants as many in its long window"
            inputMode="numeric"
            {...form.text("minEvents")}
          />
        </SimpleGrid>
        <Checkbox
          label="Default burn rules"
          description="Two critical ones and two warnings, scaled to the window"
          checked={values.hasDefaultRules}
          onChange={(event) => form.change({ hasDefaultRules: event.currentTarget.checked })}
        />
        {!values.hasDefaultRules && <BurnRulesInput form={form} />}
        <WebhooksInput {...form.choice("webhookIds")} />
      </FormFrame>
    </Dialog>
  );
}

function write(interactionName: string, slo: SloFormProps["slo"], draft: SloDraft): Promise<unknown> {
  const { burnRules, webhookIds, ...rest } = objectiveOf(draft);
  const body = {
    ...rest,
    burnRules: burnRules === null ? null : [...burnRules],
    webhookIds: [...webhookIds],
  };
  if (slo === null) return api.POST("/v1/slos", { body: { ...body, interactionName } });
  const header = { "If-Match": `"${slo.version}"` };
  return api.PATCH("/v1/slos/{id}", { params: { path: { id: slo.id }, header }, body });
}

function durationOf(minutes: string): string {
  return /^\d{1,6}$/.test(minutes.trim())
    ? `The last ${formatDuration(Number(minutes) * MINUTE_MS)}, moving`
    : "Moving with time";
}

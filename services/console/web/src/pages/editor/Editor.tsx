/** The form of a critical interaction: what it is, its steps, its limits, and what it would have counted. */

import { SimpleGrid, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useEffect, useRef } from "react";
import { api, type Schemas } from "../../api/client";
import { FormFrame } from "../../components/form/FormFrame";
import { useForm } from "../../components/form/useForm";
import { useLeaveGuard } from "../../components/form/useLeaveGuard";
import { useGo } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { paths } from "../../lib/address/paths";
import { checkDraft } from "../../lib/critical/check";
import { type Draft, definitionOf, draftOf, EMPTY_DRAFT } from "../../lib/critical/draft";
import { ATTRIBUTES } from "../../lib/critical/names";
import { useHref } from "../../state/address";
import { bodyOf } from "./body";
import { Conflict } from "./Conflict";
import { GlobalEvents } from "./GlobalEvents";
import { Limits } from "./Limits";
import { Preview } from "./Preview";
import { Steps } from "./Steps";
import { Suggestions } from "./Suggestions";
import { usePreview } from "./usePreview";

export type Stored = Schemas["CriticalInteractionOut"];

interface EditorProps {
  /** The stored version that is changed; null to define one. */
  readonly base: Stored | null;
  /** Begin anew from a version that is stored now. */
  readonly onTake?: (stored: Stored) => void;
  /** Whether it began anew so: the button that had the focus went with the conflict. */
  readonly isTaken?: boolean;
}

const MOST_DIMENSIONS = 3;
const READS = [
  "/v1/interactions",
  "/v1/interactions/{name}",
  "/v1/interactions/{name}/versions",
  "/v1/interactions/{name}/health",
] as const;

export function Editor({ base, onTake, isTaken = false }: EditorProps) {
  const first = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (isTaken) first.current?.focus();
  }, [isTaken]);
  const isNew = base === null;
  const href = useHref();
  const version = useRef(base?.version ?? 0);
  const preview = usePreview(base);
  const form = useForm<Draft, unknown>({
    initial: isNew ? EMPTY_DRAFT : draftOf(base),
    check: checkDraft,
    fieldOf: isNew ? { CONFLICT: "name" } : {},
    tried: preview.refused,
    send: (draft) => write(isNew, version.current, draft),
    reads: READS,
    onDone: () => guard.go(href(paths.criticalInteraction(base?.name ?? form.values.name.trim()))),
  });
  const guard = useLeaveGuard({ isUnsaved: form.isChanged && !form.isSaved, what: "the critical interaction" });
  const cancel = useCancel(base);
  const overwrite = (present: number) => {
    version.current = present;
    form.submit();
  };
  return (
    <>
      {guard.question}
      <Suggestions />
      <FormFrame
        form={form}
        what="the critical interaction"
        isNew={isNew}
        onCancel={cancel}
        conflict={
          base !== null && (
            <Conflict
              base={base}
              mine={definitionOf(form.values)}
              onOverwrite={overwrite}
              onTake={(theirs) => onTake?.(theirs)}
            />
          )
        }
      >
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Name"
            readOnly={!isNew}
            inputWrapperOrder={["label", "input", "description", "error"]}
            description={isNew ? "It stays: paths, objectives and alerts name it" : "A name stays as it is"}
            {...form.text("name")}
          />
          <Textarea ref={first} label="Description" autosize minRows={1} {...form.text("description")} />
        </SimpleGrid>
        <Steps form={form} />
        <GlobalEvents form={form} />
        <Limits form={form} base={base} preview={preview} />
        <Section title="Matching" description="Which records belong together, and how their results are told apart.">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label="Correlation property"
              description="Tells one user's parallel flows apart: orderId. Empty: by user, else session, else unit of work"
              list="properties"
              {...form.text("correlationProperty")}
            />
            <TagsInput
              label="Dimensions"
              description="Up to three properties; Enter ends each"
              maxTags={MOST_DIMENSIONS}
              data={[...ATTRIBUTES]}
              comboboxProps={{ transitionProps: { duration: 0 } }}
              value={[...form.values.dimensions]}
              error={form.errorOf("dimensions")}
              onChange={(dimensions) => form.change({ dimensions })}
            />
          </SimpleGrid>
        </Section>
        <Preview preview={preview} onRun={() => form.attempt() && preview.run(form.values)} />
      </FormFrame>
    </>
  );
}

/** Return what leads away from the editor; the guard asks. */
function useCancel(base: Stored | null): () => void {
  const go = useGo();
  const href = useHref();
  return () => go(href(base === null ? "/critical-interactions" : paths.criticalInteraction(base.name)));
}

function write(isNew: boolean, version: number, draft: Draft): Promise<unknown> {
  const { name, ...body } = bodyOf(draft);
  if (isNew) return api.POST("/v1/interactions", { body: { name: name.trim(), ...body } });
  const header = { "If-Match": `"${version}"` };
  return api.PATCH("/v1/interactions/{name}", { params: { path: { name }, header }, body });
}

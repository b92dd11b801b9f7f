/** The fields of an item, and the badge that they make, as it will be seen. */

import { Alert, ColorInput, Group, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { api } from "../../api/client";
import { CatalogBadge } from "../../components/CatalogBadge";
import { FormFrame } from "../../components/form/FormFrame";
import { useForm } from "../../components/form/useForm";
import { legibilityOf } from "../../lib/colour";
import type { Item, Kind } from "./kinds";

interface ItemEditorProps {
  readonly kind: Kind;
  /** The item to change; null to define one. */
  readonly item: Item | null;
  readonly isReadOnly?: boolean;
  readonly onDone: () => void;
}

/** The fields as the API has them; one that is empty is none. */
function draftOf(item: Item | null) {
  return {
    title: item?.title ?? "",
    mnemonic: item?.mnemonic ?? "",
    description: item?.description ?? "",
    icon: item?.icon ?? "",
    fontColorHex: item?.fontColorHex ?? (item === null ? "#ffffff" : ""),
    bgColorHex: item?.bgColorHex ?? (item === null ? "#1d4ed8" : ""),
  };
}

type Draft = ReturnType<typeof draftOf>;

const SWATCHES = ["#b91c1c", "#c2410c", "#a16207", "#15803d", "#0f766e", "#1d4ed8", "#6d28d9", "#be185d", "#475569"];

export function ItemEditor({ kind, item, isReadOnly = false, onDone }: ItemEditorProps) {
  const form = useForm({
    initial: draftOf(item),
    fieldOf: { mnemonic_taken: "mnemonic" },
    send: (draft) => write(kind, item, draft),
    reads: [kind.list, kind.one],
    onDone,
  });
  const fields = (
    <>
      <Preview draft={form.values} />
      {item?.isSystem && <Alert color="gray">This one belongs to Waymark and never changes.</Alert>}
      {item !== null && item.archivedDate !== null && <Alert color="gray">This one is archived.</Alert>}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput label="Title" readOnly={isReadOnly} data-autofocus {...form.text("title")} />
        <TextInput
          label="Mnemonic"
          readOnly={isReadOnly}
          description={item === null ? "As records name it: INVOICE" : "Records with the old one keep it"}
          inputWrapperOrder={["label", "input", "description", "error"]}
          {...form.text("mnemonic")}
        />
      </SimpleGrid>
      <Textarea label="Description" readOnly={isReadOnly} autosize minRows={2} {...form.text("description")} />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <TextInput label="Icon" readOnly={isReadOnly} {...form.text("icon")} />
        <Colour label="Background colour" readOnly={isReadOnly} {...form.choice("bgColorHex")} />
        <Colour label="Text colour" readOnly={isReadOnly} {...form.choice("fontColorHex")} />
      </SimpleGrid>
    </>
  );
  if (isReadOnly) return <Stack>{fields}</Stack>;
  return (
    <FormFrame form={form} what={`the ${kind.noun}`} isNew={item === null} onCancel={onDone}>
      {fields}
    </FormFrame>
  );
}

function write(kind: Kind, item: Item | null, draft: Draft): Promise<unknown> {
  const { title, mnemonic, ...rest } = draft;
  const optional = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value || null]));
  const body = { title, mnemonic, ...optional };
  return item === null
    ? api.POST(kind.list, { body })
    : api.PUT(kind.one, { params: { path: { itemId: item.id } }, body });
}

function Preview({ draft }: { readonly draft: Draft }) {
  const { mnemonic, icon, bgColorHex, fontColorHex } = draft;
  return (
    <Group component="section" aria-label="Preview" gap="md">
      <CatalogBadge mnemonic={mnemonic || "MNEMONIC"} icon={icon} background={bgColorHex} colour={fontColorHex} />
      <span className="dimmed">{wordsOf(bgColorHex, fontColorHex)}</span>
    </Group>
  );
}

/** Tell the contrast of the colours, and in which colour the text will really be shown. */
function wordsOf(background: string, text: string): string {
  const found = legibilityOf(background, text);
  if (found === undefined) return "Without a background colour it is shown as plain text.";
  const { wanted, shown, isReplaced } = found;
  const name = shown === "#000000" ? "black" : shown === "#ffffff" ? "white" : shown;
  if (wanted === undefined) return `Without a text colour it is shown in ${name}.`;
  const ratio = `${(Math.floor(wanted * 10) / 10).toFixed(1)}:1`;
  return isReplaced
    ? `Contrast ${ratio}, and text needs 4.5:1: it is shown in ${name}.`
    : `Contrast ${ratio}: it is shown as chosen.`;
}

interface ColourProps {
  readonly label: string;
  readonly readOnly: boolean;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

function Colour({ readOnly, ...rest }: ColourProps) {
  if (readOnly) return <TextInput label={rest.label} readOnly value={rest.value} />;
  return <ColorInput {...rest} format="hex" fixOnBlur={false} withEyeDropper={false} swatches={SWATCHES} />;
}

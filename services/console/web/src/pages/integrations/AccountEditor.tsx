/** The form of an integration or a provider: its fields are those of its type. */

import { NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { api } from "../../api/client";
import { useGet } from "../../api/queries";
import { FormFrame } from "../../components/form/FormFrame";
import { useForm } from "../../components/form/useForm";
import { type Account, type AccountForm, type AccountType, formOf, type Kind, PROVIDERS } from "./kinds";
import { SecretInput } from "./SecretInput";
import { SettingInput } from "./SettingInput";
import { readSettings, settingsOf, textOf } from "./settings";

interface AccountEditorProps {
  readonly kind: Kind;
  /** The account to change; null to make one. */
  readonly account: Account | null;
  readonly types: readonly AccountType[];
  readonly onDone: () => void;
}

interface Draft {
  readonly name: string;
  readonly type: string;
  readonly provider: string;
  /** Texts by the settings' names. */
  readonly settings: Readonly<Record<string, string>>;
  /** What is typed, by the secrets' keys; null for one that is to be removed. */
  readonly secrets: Readonly<Record<string, string | null>>;
}

export function AccountEditor({ kind, account, types, onDone }: AccountEditorProps) {
  const possible = types.filter((type) => formOf(kind, type) !== undefined);
  const form = useForm({
    initial: draftOf(account, possible),
    fieldOf: { name_taken: "name" },
    send: (draft) => write(kind, account, formFor(kind, possible, draft.type), draft),
    reads: [kind.list, kind.one],
    onDone,
  });
  const { values, change, problem } = form;
  const type = possible.find((one) => one.type === values.type);
  const fields = formFor(kind, possible, values.type);
  /** Return what the API says of one setting or secret, until any of them changes. */
  const errorOf = (part: "settings" | "secrets", name: string) =>
    form.errorOf(part) === undefined ? undefined : problem?.within(`${part}.${name}`);
  return (
    <FormFrame form={form} what={`the ${kind.noun}`} isNew={account === null} onCancel={onDone}>
      {account === null && (
        <>
          <TextInput
            label="Name"
            description="As tasks name it: letters, digits, - and _"
            autoComplete="off"
            data-autofocus
            {...form.text("name")}
          />
          <NativeSelect
            label="Type"
            data={possible.map((one) => ({ value: one.type, label: one.title }))}
            value={values.type}
            error={form.errorOf("type")}
            onChange={(event) => change({ type: event.currentTarget.value, provider: "", settings: {}, secrets: {} })}
          />
        </>
      )}
      <Text size="sm" className="dimmed">
        {type?.description}
      </Text>
      {kind !== PROVIDERS && type !== undefined && type.provider !== null && (
        <ProviderInput type={type.type} {...form.text("provider")} />
      )}
      {settingsOf(fields).map((setting) => (
        <SettingInput
          key={`${values.type} ${setting.name}`}
          setting={setting}
          value={values.settings[setting.name] ?? ""}
          error={errorOf("settings", setting.name)}
          onChange={(text) => change({ settings: { ...values.settings, [setting.name]: text } })}
        />
      ))}
      <Stack gap="sm">
        {fields.secrets.map((secret) => (
          <SecretInput
            key={`${values.type} ${secret.key}`}
            secret={secret}
            stored={account?.secrets[secret.key]}
            value={values.secrets[secret.key] ?? (values.secrets[secret.key] === null ? null : "")}
            error={errorOf("secrets", secret.key)}
            onChange={(value) => change({ secrets: { ...values.secrets, [secret.key]: value } })}
          />
        ))}
      </Stack>
    </FormFrame>
  );
}

interface ProviderInputProps {
  readonly type: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (event: { readonly currentTarget: { readonly value: string } }) => void;
}

function ProviderInput({ type, ...input }: ProviderInputProps) {
  const providers = useGet("/api/v1/providers", { params: { query: { type, limit: 100 } } });
  const names = providers.data?.data.map(({ name }) => name) ?? [];
  return (
    <NativeSelect
      label="Provider"
      description="The application that may act for the account; those of this type are in the tab Providers"
      data={[{ value: "", label: "none" }, ...names]}
      {...input}
    />
  );
}

function draftOf(account: Account | null, possible: readonly AccountType[]): Draft {
  if (account === null) return { name: "", type: possible[0]?.type ?? "", provider: "", settings: {}, secrets: {} };
  const settings = Object.fromEntries(Object.entries(account.settings).map(([name, value]) => [name, textOf(value)]));
  return { name: account.name, type: account.type, provider: account.provider ?? "", settings, secrets: {} };
}

const NO_FIELDS: AccountForm = { settings: {}, secrets: [] };

function formFor(kind: Kind, types: readonly AccountType[], type: string): AccountForm {
  const found = types.find((one) => one.type === type);
  return (found && formOf(kind, found)) ?? NO_FIELDS;
}

function write(kind: Kind, account: Account | null, form: AccountForm, draft: Draft): Promise<unknown> {
  const body = {
    provider: draft.provider || null,
    settings: readSettings(settingsOf(form), draft.settings),
    // A secret whose field is empty stays as it is.
    secrets: Object.fromEntries(Object.entries(draft.secrets).filter(([, secret]) => secret !== "")),
  };
  if (account === null) return api.POST(kind.list, { body: { name: draft.name.trim(), type: draft.type, ...body } });
  const header = { "If-Match": `"${account.version}"` };
  return api.PUT(kind.one, { params: { path: { name: account.name }, header }, body });
}

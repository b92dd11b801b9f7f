/** One setting: a choice, a text, or JSON. */

import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Setting } from "./settings";

interface SettingInputProps {
  readonly setting: Setting;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (text: string) => void;
}

export function SettingInput({ setting, value, error, onChange }: SettingInputProps) {
  const { title, description, kind, options, usual, isRequired } = setting;
  const shared = {
    label: title,
    description: kind === "json" ? (description ?? "As JSON") : description,
    error,
    required: isRequired,
    withAsterisk: false,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => onChange(event.currentTarget.value),
  };
  if (kind === "choice") return <NativeSelect {...shared} data={[...options]} value={value || usual} />;
  if (kind === "json")
    return <Textarea {...shared} value={value} autosize minRows={2} classNames={{ input: "code" }} />;
  return (
    <TextInput
      {...shared}
      value={value}
      placeholder={usual}
      autoComplete="off"
      inputMode={kind === "whole number" ? "numeric" : undefined}
    />
  );
}

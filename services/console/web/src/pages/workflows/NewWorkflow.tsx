/** Creates a workflow that has no tasks yet, and leads to its canvas. */

import { TextInput } from "@mantine/core";
import { api } from "../../api/client";
import { Dialog } from "../../components/Dialog";
import { FormFrame } from "../../components/form/FormFrame";
import { useForm } from "../../components/form/useForm";

interface NewWorkflowProps {
  readonly onCreated: (name: string) => void;
  readonly onClose: () => void;
}

export function NewWorkflow({ onCreated, onClose }: NewWorkflowProps) {
  const form = useForm({
    initial: { name: "" },
    check: ({ name }) => ({ name: name.trim() === "" ? "A workflow needs a name" : undefined }),
    send: async ({ name }) => {
      await api.POST("/api/v1/workflows", { body: { name: name.trim(), tasks: {} } });
      return name.trim();
    },
    reads: ["/api/v1/workflows"],
    fieldOf: { name_taken: "name" },
    onDone: onCreated,
  });
  return (
    <Dialog title="New workflow" onClose={onClose}>
      <FormFrame form={form} what="the workflow" verb="Create" isNew onCancel={onClose}>
        <TextInput
          label="Name"
          description="Letters, digits, - and _; it stands in the address that runs it, and stays"
          data-autofocus
          {...form.text("name")}
        />
      </FormFrame>
    </Dialog>
  );
}

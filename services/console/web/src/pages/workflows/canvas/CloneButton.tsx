/** Makes another workflow of the newest version of this one, and leads to it. */

import { Button, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { api } from "../../../api/client";
import { Dialog } from "../../../components/Dialog";
import { FormFrame } from "../../../components/form/FormFrame";
import { useForm } from "../../../components/form/useForm";

interface CloneProps {
  readonly name: string;
  readonly onCloned: (name: string) => void;
}

export function CloneButton(props: CloneProps) {
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-haspopup="dialog">
        Clone
      </Button>
      {isOpen && <Clone {...props} onClose={close} />}
    </>
  );
}

function Clone({ name, onCloned, onClose }: CloneProps & { readonly onClose: () => void }) {
  const form = useForm({
    initial: { name: `${name}-copy` },
    fieldOf: { name_taken: "name" },
    send: async ({ name: copy }) => {
      await api.POST("/api/v1/workflows/{name}/clone", { params: { path: { name } }, body: { name: copy } });
      return copy;
    },
    reads: ["/api/v1/workflows"],
    onDone: onCloned,
  });
  return (
    <Dialog title={`Clone ${name}`} onClose={onClose}>
      <FormFrame form={form} what="the workflow" verb="Clone" isNew onCancel={onClose}>
        <TextInput
          label="Name"
          description="The new workflow begins with the saved version of this one, and is not active"
          data-autofocus
          {...form.text("name")}
        />
      </FormFrame>
    </Dialog>
  );
}

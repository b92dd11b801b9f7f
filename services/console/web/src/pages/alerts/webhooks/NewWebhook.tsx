/** Makes a webhook, and shows its secret the one time that it can be seen. */

import { useState } from "react";
import { Dialog } from "../../../components/Dialog";
import { Secret } from "../../../components/form/Secret";
import { WebhookForm } from "./WebhookForm";

export function NewWebhook({ onClose }: { readonly onClose: () => void }) {
  const [secret, setSecret] = useState<string>();
  return (
    <Dialog title="New webhook" size="lg" onClose={onClose}>
      {secret === undefined ? (
        <WebhookForm webhook={null} onDone={setSecret} onCancel={onClose} />
      ) : (
        <Secret
          label="New secret"
          text={secret}
          sentence="Copy the secret now: it is shown this once. The receiver verifies with it that messages are Waymark's."
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

/** A dialog named by its title; it takes the focus and gives it back. */

import { Modal } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly size?: "md" | "lg" | "xl";
  /** Whether a click beside it closes it; not where something would be lost. */
  readonly canClickAway?: boolean;
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, size = "md", canClickAway = false, children }: DialogProps) {
  useReturnedFocus();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      closeOnClickOutside={canClickAway}
      closeButtonProps={{ "aria-label": "Close" }}
      transitionProps={{ duration: 0 }}
      returnFocus={false}
      styles={{ title: { fontWeight: 600, overflowWrap: "anywhere" } }}
    >
      {children}
    </Modal>
  );
}

/** Give the focus back to what had it when this began. Mantine does so for dialogs that stay mounted alone. */
function useReturnedFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement) opener.focus();
    },
    [opener],
  );
}

/** A dialog named by its title; it takes the focus and gives it back. */

import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useReturnedFocus } from "./useReturnedFocus";

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

/** The focus, given back by what took it for a while. */

import { useEffect, useState } from "react";

/** Give the focus back to what had it when this began. Mantine does so for dialogs and menus that stay mounted alone. */
export function useReturnedFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement) opener.focus();
    },
    [opener],
  );
}

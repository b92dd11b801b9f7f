/** How this person wants the console to be; kept in this browser alone. */

import type { MantineColorScheme } from "@mantine/core";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { type Clock, isZone, type ZoneChoice } from "../lib/time/zone";

export interface Preferences {
  readonly zone: ZoneChoice;
  readonly hour12: boolean;
  readonly density: "comfortable" | "compact";
  /** `system` follows the system's wish for reduced motion. */
  readonly motion: "system" | "reduced";
}

/** The colour schemes, which Mantine keeps itself. */
export const SCHEMES: Readonly<Record<MantineColorScheme, string>> = {
  auto: "As the system",
  light: "Light",
  dark: "Dark",
};

const INITIAL: Preferences = { zone: "UTC", hour12: false, density: "comfortable", motion: "system" };
const KEY = "waymark-preferences";

interface Held {
  readonly preferences: Preferences;
  readonly change: (changes: Partial<Preferences>) => void;
}

const Context = createContext<Held | null>(null);

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [preferences, setPreferences] = useState(read);
  const held = useMemo(
    () => ({
      preferences,
      change: (changes: Partial<Preferences>) => setPreferences((before) => ({ ...before, ...changes })),
    }),
    [preferences],
  );
  useEffect(() => {
    localStorage.setItem(KEY, JSON.stringify(preferences));
    document.documentElement.dataset.density = preferences.density;
    document.documentElement.dataset.motion = preferences.motion;
  }, [preferences]);
  return <Context value={held}>{children}</Context>;
}

export function usePreferences(): Held {
  const held = useContext(Context);
  if (held === null) throw new Error("no PreferencesProvider");
  return held;
}

/** Return the zone and the clock in which times are shown. */
export function useClock(): Clock {
  const { zone, hour12 } = usePreferences().preferences;
  return useMemo(() => ({ zone, hour12 }), [zone, hour12]);
}

function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    const preferences = { ...INITIAL, ...kept };
    return preferences.zone === "browser" || isZone(preferences.zone) ? preferences : { ...preferences, zone: "UTC" };
  } catch {
    return INITIAL;
  }
}

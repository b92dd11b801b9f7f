/** The choices of zone, clock, density, scheme and motion; each holds as soon as it is made. */

import { Select, Text, useMantineColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { Choice } from "../../components/Choice";
import { Time } from "../../components/Time";
import { allZones, browserZone } from "../../lib/time/zone";
import { type Preferences, SCHEMES, usePreferences } from "../../state/preferences";

const CLOCKS = { "24": "24 h", "12": "12 h" } as const;
const DENSITIES: Readonly<Record<Preferences["density"], string>> = { comfortable: "Comfortable", compact: "Compact" };
const MOTIONS: Readonly<Record<Preferences["motion"], string>> = { system: "As the system", reduced: "Reduced" };

export function PreferenceFields() {
  const { preferences, change } = usePreferences();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const now = useMemo(Date.now, []);
  return (
    <>
      <ZoneField />
      <Choice
        label="Clock"
        options={CLOCKS}
        value={preferences.hour12 ? "12" : "24"}
        onChange={(clock) => change({ hour12: clock === "12" })}
      />
      <Text size="sm" className="dimmed">
        This page was opened at <Time at={now} />
      </Text>
      <Choice
        label="Density"
        options={DENSITIES}
        value={preferences.density}
        onChange={(density) => change({ density })}
      />
      <Choice label="Colour scheme" options={SCHEMES} value={colorScheme} onChange={setColorScheme} />
      <Choice label="Motion" options={MOTIONS} value={preferences.motion} onChange={(motion) => change({ motion })} />
    </>
  );
}

function ZoneField() {
  const { preferences, change } = usePreferences();
  const zones = useMemo(() => [{ value: "browser", label: `This browser’s (${browserZone()})` }, ...allZones()], []);
  return (
    <Select
      label="Time zone"
      searchable
      allowDeselect={false}
      limit={100}
      nothingFoundMessage="No such zone"
      data={zones}
      value={preferences.zone}
      onChange={(zone) => zone !== null && change({ zone })}
    />
  );
}

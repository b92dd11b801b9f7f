/** The choice of the zone in which times are shown. */

import { ActionIcon, Button, Popover, Select, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconWorld } from "@tabler/icons-react";
import { useMemo } from "react";
import { allZones, browserZone, type ZoneChoice, zoneName } from "../../lib/time/zone";
import { usePreferences } from "../../state/preferences";
import { Chosen } from "./Header";

export function ZoneMenu() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const { preferences, change } = usePreferences();
  const pick = (zone: ZoneChoice) => {
    change({ zone });
    close();
  };
  return (
    <Popover opened={isOpen} onChange={(open) => !open && close()} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="default" size={34} aria-label="Time zone" onClick={toggle}>
          <IconWorld size={18} aria-hidden="true" />
        </ActionIcon>
      </Popover.Target>
      <Chosen>{zoneName(preferences.zone)}</Chosen>
      <Popover.Dropdown>
        <Stack gap="xs">
          <ZoneChoices chosen={preferences.zone} onChoose={pick} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface ZoneChoicesProps {
  readonly chosen: ZoneChoice;
  readonly onChoose: (zone: ZoneChoice) => void;
}

function ZoneChoices({ chosen, onChoose }: ZoneChoicesProps) {
  const zones = useMemo(() => [...allZones()], []);
  return (
    <>
      <Button size="compact-sm" variant={chosen === "UTC" ? "filled" : "default"} onClick={() => onChoose("UTC")}>
        UTC
      </Button>
      <Button
        size="compact-sm"
        variant={chosen === "browser" ? "filled" : "default"}
        onClick={() => onChoose("browser")}
      >
        This browser’s ({browserZone()})
      </Button>
      <Select
        size="xs"
        label="Another zone"
        placeholder="Europe/Zurich"
        searchable
        limit={50}
        data={zones}
        value={chosen === "UTC" || chosen === "browser" ? null : chosen}
        onChange={(zone) => zone !== null && onChoose(zone)}
        comboboxProps={{ withinPortal: false }}
      />
    </>
  );
}

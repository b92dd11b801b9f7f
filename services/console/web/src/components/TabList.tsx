/** The tabs of a page in one row, by their names in the address. */

import { Tabs } from "@mantine/core";

export function TabList({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  return (
    <Tabs.List mb="md">
      {Object.entries(labels).map(([name, label]) => (
        <Tabs.Tab key={name} value={name}>
          {label}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}

/** Who is logged in, their settings, and the way out. */

import { ActionIcon, Menu } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { noteLogin } from "../../api/session";
import { useGo, useLink } from "../../components/PageLink";
import { BASE } from "../../lib/address/paths";
import { useMe } from "../../state/me";

export function AccountMenu() {
  const me = useMe();
  const go = useGo();
  const queries = useQueryClient();
  const settings = useLink({ to: "/settings" });
  const logOut = async () => {
    await api.POST("/api/v1/auth/logout").catch(() => undefined);
    noteLogin(false);
    go(`${BASE}/login`);
    queries.clear();
  };
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="default" size={34} aria-label="Account">
          <IconUser size={18} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name ?? me.email ?? me.subject} · {me.roles.join(", ")} · {me.tenantId}
        </Menu.Label>
        <Menu.Item component="a" {...settings}>
          Settings
        </Menu.Item>
        <Menu.Item onClick={logOut}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The users of the tenant: who they are, what they may do, and whether they may log in. */

import { Button } from "@mantine/core";
import { api } from "../../api/client";
import { type GetData, useGet } from "../../api/queries";
import { ConfirmButton } from "../../components/form/ConfirmButton";
import { OpenLink } from "../../components/OpenLink";
import { Page } from "../../components/Page";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import type { Column } from "../../components/table/DataTable";
import { PagedTable } from "../../components/table/PagedTable";
import { integer, text } from "../../lib/address/fields";
import { useAddress } from "../../state/address";
import { useMay, useMe } from "../../state/me";
import { EditUser } from "./EditUser";
import { RegisterUser } from "./RegisterUser";

export type User = GetData<"/api/v1/auth/users">["data"][number];

const FIELDS = { open: text(), page: integer(1) };
const NEW = "new";
const PAGE_SIZE = 50;

const COLUMNS: readonly Column<User>[] = [
  { head: "Email", cell: (user) => <OpenLink id={user.userId}>{user.email}</OpenLink> },
  { head: "Name", cell: (user) => user.name ?? "" },
  { head: "Roles", cell: (user) => user.roles.join(", ") },
  { head: "State", cell: (user) => user.status },
  { head: "Created", isTime: true, cell: (user) => <Time at={user.createdAt} /> },
  { head: "Change", cell: (user) => <ChangeStatus user={user} /> },
];

export default function UsersPage() {
  const { values, change } = useAddress(FIELDS);
  const { open, page } = values;
  const mayWrite = useMay("admin");
  const list = useGet("/api/v1/auth/users", { params: { query: { page, limit: PAGE_SIZE } } });
  const close = () => change({ open: "" });
  const opened = list.data?.data.find((user) => user.userId === open);
  return (
    <Page title="Users" actions={mayWrite && <Button onClick={() => change({ open: NEW })}>Register user</Button>}>
      <Loaded query={list} what="the users" height={400}>
        {({ data, pagination }) => (
          <PagedTable
            caption="Users"
            columns={COLUMNS}
            rows={data}
            rowKey={(user) => user.userId}
            total={pagination.total}
            page={page}
            pageSize={PAGE_SIZE}
            onPage={(next) => change({ page: next })}
          />
        )}
      </Loaded>
      {open === NEW && mayWrite && <RegisterUser onClose={close} />}
      {opened !== undefined && <EditUser key={opened.userId} user={opened} onClose={close} />}
    </Page>
  );
}

/** Nobody ends their own login by a slip: that is another admin's to do. */
function ChangeStatus({ user }: { readonly user: User }) {
  const me = useMe();
  if (user.userId === me.userId) return "you";
  const isActive = user.status === "active";
  return (
    <ConfirmButton
      verb={isActive ? "Deactivate" : "Activate"}
      thing={user.email}
      isDestructive={isActive}
      send={() =>
        api.PATCH("/api/v1/auth/users/{userId}", {
          params: { path: { userId: user.userId } },
          body: { status: isActive ? "disabled" : "active" },
        })
      }
      reads={["/api/v1/auth/users"]}
    >
      {isActive
        ? "All of their logins end, and they cannot log in until somebody activates them. Keys they made keep working."
        : "They may log in again, with the password and the roles they had."}
    </ConfirmButton>
  );
}

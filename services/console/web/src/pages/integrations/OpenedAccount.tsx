/** One integration or provider in a dialog: a new one, one to change, or one to look at. */

import { useGet } from "../../api/queries";
import { Dialog } from "../../components/Dialog";
import { type FieldItem, Fields } from "../../components/Fields";
import { Loaded } from "../../components/states/Loaded";
import { Time } from "../../components/Time";
import { useMay } from "../../state/me";
import { AccountEditor } from "./AccountEditor";
import { type Account, type AccountType, formOf, type Kind } from "./kinds";
import { settingsOf, textOf } from "./settings";

interface OpenedAccountProps {
  readonly kind: Kind;
  /** Null for a new one. */
  readonly name: string | null;
  readonly types: readonly AccountType[];
  readonly onClose: () => void;
}

export function OpenedAccount({ kind, name, types, onClose }: OpenedAccountProps) {
  if (name !== null) return <StoredAccount kind={kind} name={name} types={types} onClose={onClose} />;
  return (
    <Dialog title={`New ${kind.noun}`} onClose={onClose}>
      <AccountEditor kind={kind} account={null} types={types} onDone={onClose} />
    </Dialog>
  );
}

function StoredAccount({ kind, name, types, onClose }: OpenedAccountProps & { readonly name: string }) {
  const mayWrite = useMay("admin");
  const query = useGet(kind.one, { params: { path: { name } } }, { fresh: true });
  return (
    <Dialog title={mayWrite ? `Edit ${name}` : name} onClose={onClose} canClickAway={!mayWrite}>
      <Loaded query={query} what={`the ${kind.noun}`} height={320}>
        {(account) =>
          mayWrite ? (
            <AccountEditor kind={kind} account={account} types={types} onDone={onClose} />
          ) : (
            <Fields items={itemsOf(kind, account, types)} />
          )
        }
      </Loaded>
    </Dialog>
  );
}

function itemsOf(kind: Kind, account: Account, types: readonly AccountType[]): readonly FieldItem[] {
  const type = types.find((one) => one.type === account.type);
  const form = type && formOf(kind, type);
  return [
    ["Type", type?.title ?? account.type],
    ["Provider", account.provider],
    ...(form === undefined ? [] : settingsOf(form)).map(
      ({ name, title, usual }): FieldItem => [title, textOf(account.settings[name]) || usual || "not set"],
    ),
    ...(form?.secrets ?? []).map(({ key, title }): FieldItem => {
      const secret = account.secrets[key];
      return [title, secret === undefined ? "not set" : <SetAt key={key} at={secret.updatedAt} />];
    }),
    ["Changed", <Time key="changed" at={account.modifiedDate} />],
  ];
}

function SetAt({ at }: { readonly at: string }) {
  return (
    <>
      set, <Time at={at} />
    </>
  );
}

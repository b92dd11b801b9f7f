/** One item in a dialog: a new one, one to change, or one to look at. */

import { useGet } from "../../api/queries";
import { Dialog } from "../../components/Dialog";
import { Loaded } from "../../components/states/Loaded";
import { useMay } from "../../state/me";
import { ItemEditor } from "./ItemEditor";
import { type Item, itemOf, type Kind, mayChange } from "./kinds";

interface OpenedItemProps {
  readonly kind: Kind;
  /** Null for a new one. */
  readonly id: string | null;
  readonly onClose: () => void;
}

export function OpenedItem({ kind, id, onClose }: OpenedItemProps) {
  if (id !== null) return <StoredItem kind={kind} id={id} onClose={onClose} />;
  return (
    <Dialog title={`New ${kind.noun}`} size="lg" onClose={onClose}>
      <ItemEditor kind={kind} item={null} onDone={onClose} />
    </Dialog>
  );
}

function StoredItem({ kind, id, onClose }: OpenedItemProps & { readonly id: string }) {
  const query = useGet(kind.one, { params: { path: { itemId: id } } });
  const mayWrite = useMay("editor");
  const isEditable = (item: Item) => mayWrite && mayChange(item);
  const item = query.data && itemOf(kind, query.data);
  const title = item === undefined ? kind.noun : `${isEditable(item) ? "Edit " : ""}${item.mnemonic}`;
  return (
    <Dialog title={title} size="lg" onClose={onClose} canClickAway={item !== undefined && !isEditable(item)}>
      <Loaded query={query} what={`the ${kind.noun}`} height={480}>
        {(answer) => {
          const found = itemOf(kind, answer);
          return <ItemEditor kind={kind} item={found} isReadOnly={!isEditable(found)} onDone={onClose} />;
        }}
      </Loaded>
    </Dialog>
  );
}

/** Goes to whatever is named or pasted. */

import { NavLink, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "../../components/Dialog";
import { useLink } from "../../components/PageLink";
import { PAGES } from "../pages";

export default function SearchDialog({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  return (
    <Dialog title="Search" onClose={onClose} canClickAway>
      <Stack gap="xs">
        <TextInput
          data-autofocus
          label="Search for"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {PAGES.map(
          ({ path, link }) =>
            link?.toLowerCase().includes(wanted) && <Found key={path} to={path} name={link} onClose={onClose} />,
        )}
      </Stack>
    </Dialog>
  );
}

function Found({ to, name, onClose }: { readonly to: string; readonly name: string; readonly onClose: () => void }) {
  const link = useLink({ to });
  return (
    <NavLink
      href={link.href}
      label={name}
      onClick={(event) => {
        link.onClick(event);
        onClose();
      }}
    />
  );
}

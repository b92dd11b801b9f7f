/** The button that makes an alert rule, and its dialog, which the address has as `open=new`. */

import { Button } from "@mantine/core";
import { useMay } from "../../state/me";
import { useOpened } from "../record/useOpened";
import { RuleForm } from "./RuleForm";

export const NEW_RULE = "new";

export function NewRule({ interactionName }: { readonly interactionName?: string }) {
  const opened = useOpened();
  if (!useMay("editor")) return null;
  return (
    <>
      <Button onClick={() => opened.open(NEW_RULE)} aria-haspopup="dialog">
        New alert rule
      </Button>
      {opened.id === NEW_RULE && <RuleForm rule={null} interactionName={interactionName} onClose={opened.close} />}
    </>
  );
}

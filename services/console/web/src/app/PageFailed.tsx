import type { ErrorComponentProps } from "@tanstack/react-router";
import { Page } from "../components/Page";
import { Failed } from "../components/states/Failed";

/** Stands for a page that could not be loaded or drawn: after an update for instance, whose files have other names. */
export function PageFailed({ error }: ErrorComponentProps) {
  return (
    <Page title="Something went wrong">
      <Failed what="the page" problem={error} retry={() => window.location.reload()} />
    </Page>
  );
}

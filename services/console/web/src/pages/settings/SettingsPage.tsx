/** How this browser shows things to whoever uses it, and their password. */

import { Stack } from "@mantine/core";
import { Page } from "../../components/Page";
import { Section } from "../../components/Section";
import { useMe } from "../../state/me";
import { PasswordForm } from "./PasswordForm";
import { PreferenceFields } from "./PreferenceFields";

export default function SettingsPage() {
  const { actorType, email } = useMe();
  return (
    <Page title="Settings">
      <Stack maw={480} gap="xl">
        <Section title="Display" description="Kept in this browser alone.">
          <PreferenceFields />
        </Section>
        {actorType === "user" && (
          <Section title="Password" description="With a new password all logins end, this one too.">
            <PasswordForm email={email ?? ""} />
          </Section>
        )}
      </Stack>
    </Page>
  );
}

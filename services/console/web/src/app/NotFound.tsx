import { Text } from "@mantine/core";
import { Page } from "../components/Page";
import { PageLink } from "../components/PageLink";

export function NotFound() {
  return (
    <Page title="Not found">
      <Text>
        There is no page at this address.{" "}
        <PageLink to="/" underline="always">
          Go to the overview
        </PageLink>
      </Text>
    </Page>
  );
}

/** Whether the installation is ready. */

import { Alert, List, Text } from "@mantine/core";
import { useReadiness } from "../../api/system";
import { PageLink } from "../../components/PageLink";
import { Section } from "../../components/Section";
import { Loaded } from "../../components/states/Loaded";

export function Health() {
  const readiness = useReadiness();
  return (
    <Section title="Health">
      <Loaded query={readiness} what="whether all is ready" height={24}>
        {({ failing }) =>
          Object.keys(failing).length === 0 ? (
            <Text>
              Ready: every part has what it needs. <SystemLink />
            </Text>
          ) : (
            <Alert color="red" role="alert" title="Not ready">
              <List size="sm">
                {Object.entries(failing).map(([name, why]) => (
                  <List.Item key={name}>
                    {name}: {why}
                  </List.Item>
                ))}
              </List>
              <SystemLink />
            </Alert>
          )
        }
      </Loaded>
    </Section>
  );
}

function SystemLink() {
  return (
    <PageLink to="/system" underline="always">
      System
    </PageLink>
  );
}

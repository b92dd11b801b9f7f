/** How callers run a workflow: the request in all its parts, each to be copied. */

import { Alert, Group, Stack, Textarea } from "@mantine/core";
import { useGet } from "../../api/queries";
import { runWorkflow } from "../../lib/commands";
import { CopyButton } from "../CopyButton";
import { Dialog } from "../Dialog";
import { Loaded } from "../states/Loaded";

interface EndpointDialogProps {
  readonly name: string;
  readonly onClose: () => void;
}

export function EndpointDialog({ name, onClose }: EndpointDialogProps) {
  return (
    <Dialog title="Endpoint" size="lg" canClickAway onClose={onClose}>
      <Request name={name} />
    </Dialog>
  );
}

function Request({ name }: { readonly name: string }) {
  const init = { params: { path: { name } } };
  const endpoint = useGet("/api/v1/workflows/{name}/endpoint", init);
  const openapi = useGet("/api/v1/workflows/{name}/openapi.json", init);
  return (
    <Loaded query={endpoint} what="the endpoint" height={420}>
      {({ method, url, headers, body, active }) => {
        // The address that the page has is one that callers reach; the API's may lie behind it.
        const path = new URL(url).pathname;
        const here = location.origin + path;
        return (
          <Stack gap="sm">
            {!active && <Alert color="yellow">The workflow is not active: callers are answered 409 until it is.</Alert>}
            <Part name="Method" text={method} />
            <Part name="URL" text={here} />
            <Part name="Headers" text={linesOf(headers)} description="A key goes into x-api-key, in place of a token" />
            <Part name="Body" text={JSON.stringify(body, null, 2)} />
            <Part name="curl" text={runWorkflow(here, body)} description="Put a key into WAYMARK_API_KEY first" />
            <Loaded query={openapi} what="the OpenAPI document" height={60}>
              {(document) => (
                <Part
                  name="OpenAPI"
                  text={JSON.stringify({ ...document, servers: [{ url: location.origin }] }, null, 2)}
                />
              )}
            </Loaded>
          </Stack>
        );
      }}
    </Loaded>
  );
}

interface PartProps {
  readonly name: string;
  readonly text: string;
  readonly description?: string;
}

function Part({ name, text, description }: PartProps) {
  return (
    <Group align="flex-end" gap="xs">
      <Textarea
        label={name}
        description={description}
        readOnly
        value={text}
        autosize
        minRows={1}
        maxRows={8}
        flex="1 1 14rem"
        spellCheck={false}
        classNames={{ input: "code" }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <CopyButton text={text} name={`Copy ${name}`} />
    </Group>
  );
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}

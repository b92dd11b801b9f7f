/** The login: it leads back to where its `next` says, a page of the console. */

import { Alert, Button, Container, Paper, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { useGo } from "../../components/PageLink";
import { useCountdown } from "../../components/states/Failed";
import { text } from "../../lib/address/fields";
import { safeNext } from "../../lib/address/paths";
import { useAddress } from "../../state/address";

const FIELDS = { next: text() };

export default function LoginPage() {
  const { next } = useAddress(FIELDS).values;
  const go = useGo();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [tenantId, setTenantId] = useState<string>();
  const login = useMutation<unknown, Problem>({
    mutationFn: () => api.POST("/api/v1/auth/login", { body: { email, password, tenantId } }),
    onSuccess: () => {
      queries.clear();
      go(safeNext(next));
    },
    onError: (error) => {
      if (asProblem(error).code === "several_tenants") setTenantId((before) => before ?? "");
    },
  });
  const wait = useCountdown(login.error?.status === 429 ? login.error.retryAfterS : null);
  useEffect(() => {
    document.title = "Log in · Waymark";
  }, []);
  return (
    <Container component="main" size={420} py="xl">
      <Title order={1} ta="center" mb="lg">
        Log in
      </Title>
      <Paper withBorder p="lg">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            login.mutate();
          }}
        >
          <Stack>
            {login.isError && (
              <Alert color="red" role="alert">
                {login.error.detail}
                {wait !== null && ` Try again in ${wait} s.`}
              </Alert>
            )}
            <TextInput
              label="Email"
              type="email"
              autoComplete="username"
              required
              withAsterisk={false}
              autoFocus
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              // Named so that the field alone is found by its label.
              visibilityToggleButtonProps={{ "aria-label": "Show what is typed" }}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {tenantId !== undefined && (
              <TextInput
                label="Tenant"
                description="This e-mail is in several."
                required
                withAsterisk={false}
                value={tenantId}
                onChange={(event) => setTenantId(event.currentTarget.value)}
              />
            )}
            <Button type="submit" loading={login.isPending} disabled={wait !== null}>
              Log in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Container>
  );
}

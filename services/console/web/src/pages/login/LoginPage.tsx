/** The login: it leads back to where its `next` says, a page of the console. */

import { Alert, Button, Container, Paper, PasswordInput, Radio, Stack, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { api } from "../../api/client";
import type { Problem } from "../../api/problem";
import { useGet } from "../../api/queries";
import { mayBeLoggedIn, noteLogin } from "../../api/session";
import { useCountdown } from "../../components/states/Failed";
import { text } from "../../lib/address/fields";
import { safeNext } from "../../lib/address/paths";
import { useAddress } from "../../state/address";

/** `tenantId` is for who is in more tenants than a login tries. */
const FIELDS = { next: text(), tenantId: text() };

export default function LoginPage() {
  const { next, tenantId } = useAddress(FIELDS).values;
  const goOn = useGoOn(next);
  useEffect(() => {
    document.title = "Log in · Waymark";
  }, []);
  return (
    <Container component="main" size={420} py="xl">
      <Title order={1} ta="center" mb="lg">
        Log in
      </Title>
      <Paper withBorder p="lg">
        <LoginForm initialTenant={tenantId} onLoggedIn={goOn} />
      </Paper>
    </Container>
  );
}

/** Return a function that leads on; it is called at once when somebody is logged in already. */
function useGoOn(next: string): () => void {
  const router = useRouter();
  // The address that it leads to has no `next` any more.
  const [goal] = useState(() => safeNext(next));
  const goOn = useCallback(() => router.history.replace(goal), [router, goal]);
  const [isAsking] = useState(mayBeLoggedIn);
  const { isFetchedAfterMount, isSuccess } = useGet("/api/v1/auth/me", {}, { enabled: isAsking, fresh: true });
  const isLoggedIn = isAsking && isFetchedAfterMount && isSuccess;
  useEffect(() => {
    if (isLoggedIn) goOn();
  }, [isLoggedIn, goOn]);
  return goOn;
}

interface LoginFormProps {
  readonly initialTenant: string;
  readonly onLoggedIn: () => void;
}

function LoginForm({ initialTenant, onLoggedIn }: LoginFormProps) {
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [tenantId, setTenantId] = useState(initialTenant);
  const login = useMutation<unknown, Problem>({
    mutationFn: () => api.POST("/api/v1/auth/login", { body: { email, password, tenantId: tenantId || null } }),
    onSuccess: () => {
      noteLogin(true);
      queries.clear();
      onLoggedIn();
    },
  });
  const wait = useCountdown(login.error);
  const [tenants, setTenants] = useState<readonly string[]>([]);
  useEffect(() => {
    if (login.error?.code === "several_tenants") setTenants(namesOf(login.error.members.tenants));
  }, [login.error]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        login.mutate();
      }}
    >
      <Stack>
        {login.isError && (
          <Alert color={login.error.code === "several_tenants" ? "yellow" : "red"} role="alert">
            {wait === null ? login.error.detail : `Too many attempts. Try again in ${wait} s.`}
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
          onChange={(event) => {
            setEmail(event.currentTarget.value);
            setTenants([]);
            setTenantId(initialTenant);
          }}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {tenants.length > 0 && (
          <Radio.Group label="Tenant" value={tenantId} onChange={setTenantId} required withAsterisk={false}>
            <Stack gap={6} mt={4}>
              {tenants.map((name) => (
                <Radio key={name} value={name} label={name} required />
              ))}
            </Stack>
          </Radio.Group>
        )}
        <Button type="submit" loading={login.isPending} disabled={wait !== null}>
          Log in
        </Button>
      </Stack>
    </form>
  );
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

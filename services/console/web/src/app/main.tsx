/** Where the console begins: providers around the router. */

import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./main.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { asProblem } from "../api/problem";
import { shared } from "../lib/json/shared";
import { PreferencesProvider } from "../state/preferences";
import { router } from "./router";
import { cssVariables, theme } from "./theme";

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
setNonce(nonce);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      structuralSharing: shared,
      // What the server refused it would refuse again; what did not come may come.
      retry: (failures, error) => asProblem(error).isOffline && failures < 2,
    },
  },
});
const schemes = localStorageColorSchemeManager({ key: "waymark-colour-scheme" });
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={schemes}
      getStyleNonce={() => nonce}
    >
      <Notifications />
      <PreferencesProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </PreferencesProvider>
    </MantineProvider>
  </StrictMode>,
);

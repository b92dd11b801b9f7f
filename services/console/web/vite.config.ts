import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { precompress } from "./precompress.ts";

/** The server that `npm run dev` reads from. */
const SERVER = process.env.WAYMARK_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/console/",
  plugins: [react(), precompress()],
  html: { cspNonce: "__WAYMARK_NONCE__" },
  build: { manifest: true, target: "es2023", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 800 },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/v1", "/run", "/readyz", "/metrics", "/console/config.json"].map((path) => [path, SERVER]),
    ),
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});

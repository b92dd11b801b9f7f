/** What is copied has to run as it is copied: a shell reads it here. */

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { runWorkflow } from "../../lib/commands";

/** Return the words that a shell makes of a command. */
function wordsOf(command: string): readonly string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const out = execFileSync("sh", ["-c", script], { env: { WAYMARK_API_KEY: "wm_key" }, encoding: "utf8" });
  return out.split("\0").slice(0, -1);
}

it("reaches a shell as one command, whatever the body holds", () => {
  const text = fc.string({ unit: fc.constantFrom("'", '"', "\\", "$x", "`", "\n", " ", "ä", "!", "a") });
  fc.assert(
    fc.property(text, (value) => {
      const words = wordsOf(runWorkflow("http://here/run/order-paid", { Tell: { text: value } }));
      expect(words.slice(0, 3)).toEqual(["-sS", "-X", "POST"]);
      expect(words).toContain("http://here/run/order-paid");
      expect(words).toContain("x-api-key: wm_key");
      expect(JSON.parse(words.at(-1) ?? "")).toEqual({ Tell: { text: value } });
    }),
    { numRuns: 20 },
  );
});

it("holds no key itself", () => {
  expect(runWorkflow("http://here/run/a", {})).toContain("$WAYMARK_API_KEY");
});

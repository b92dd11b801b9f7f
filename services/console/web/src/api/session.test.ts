import { beforeEach, expect, test, vi } from "vitest";

/** A server whose access token is over, and whose refresh token is good for one exchange. */
class Server {
  isValid = false;
  refreshes = 0;
  isBusy = 0;
  refuses: number | null = null;

  readonly fetch = async (input: Request | string): Promise<Response> => {
    const url = typeof input === "string" ? input : input.url;
    const wasValid = this.isValid;
    if (!url.endsWith("/refresh")) {
      await pause(5);
      return new Response("{}", { status: wasValid ? 200 : 401 });
    }
    this.refreshes += 1;
    this.isBusy += 1;
    const isTwice = this.isBusy > 1;
    await pause(20);
    this.isBusy -= 1;
    const status = this.refuses ?? (isTwice ? 401 : 200);
    this.isValid = status === 200;
    return new Response("{}", { status });
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = () => new Request("http://waymark.invalid/api/actions");
let server: Server;

/** Return the session of one more tab of the browser. */
async function openTab() {
  vi.resetModules();
  const session = await import("./session");
  const ended = vi.fn();
  session.watchSession(ended);
  return { fetch: (request = ask()) => session.sessionFetch(request), ended, session };
}

function memory(): Storage {
  const held = new Map<string, string>();
  return {
    getItem: (name: string) => held.get(name) ?? null,
    setItem: (name: string, value: string) => held.set(name, value),
    removeItem: (name: string) => held.delete(name),
  } as unknown as Storage;
}

/** The browser's locks: one after the other for each name. */
function locks() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_name: string, work: () => Promise<unknown>) => {
      const mine = last.then(work);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

beforeEach(() => {
  server = new Server();
  vi.stubGlobal("fetch", server.fetch);
  vi.stubGlobal("localStorage", memory());
  vi.stubGlobal("navigator", { locks: locks() });
});

const ADDRESSES = [["secure", locks] as const, ["plain", () => undefined] as const];

test.each(ADDRESSES)("several tabs at a %s address renew once for all that was refused", async (_, locksOf) => {
  vi.stubGlobal("navigator", { locks: locksOf() });
  const tabs = [await openTab(), await openTab()];
  const answers = await Promise.all(tabs.flatMap((tab) => [tab.fetch(), tab.fetch(), tab.fetch()]));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(server.refreshes).toBe(1);
  for (const tab of tabs) expect(tab.ended).not.toHaveBeenCalled();
});

test("a login that is over is told, after one try for all that was refused", async () => {
  server.refuses = 401;
  const tab = await openTab();
  const answers = await Promise.all([tab.fetch(), tab.fetch()]);
  expect(answers.map((answer) => answer.status)).toEqual([401, 401]);
  expect(tab.ended).toHaveBeenCalled();
  expect(server.refreshes).toBe(1);
});

test("a refused login is no login that is over", async () => {
  const tab = await openTab();
  const answer = await tab.fetch(new Request("http://waymark.invalid/api/v1/auth/login", { method: "POST" }));
  expect([answer.status, server.refreshes]).toEqual([401, 0]);
  expect(tab.ended).not.toHaveBeenCalled();
});

test("nobody is asked for again once the login is over", async () => {
  server.refuses = 401;
  const { fetch, session } = await openTab();
  session.noteLogin(true);
  expect(session.mayBeLoggedIn()).toBe(true);
  await fetch();
  expect(session.mayBeLoggedIn()).toBe(false);
});

test("the login leads back to where one was", async () => {
  const { loginHref } = (await openTab()).session;
  expect(loginHref("/console/interactions?action=A&page=2")).toBe(
    "/console/login?next=%2Fconsole%2Finteractions%3Faction%3DA%26page%3D2",
  );
  expect(loginHref("/console/")).toBe("/console/login");
});

test("a server that cannot renew for the moment ends no login", async () => {
  server.refuses = 503;
  const tab = await openTab();
  expect((await tab.fetch()).status).toBe(503);
  expect(tab.ended).not.toHaveBeenCalled();
  server.refuses = null;
  await pause(2);
  expect((await tab.fetch()).status).toBe(200);
});

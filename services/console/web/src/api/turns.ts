/** Turns between the tabs of this browser: by the browser's own locks, which it has where the address is secure. */

/** How long a tab may hold a turn by storage; one that was closed meanwhile holds it no longer than this. */
const HELD_MS = 10_000;
/** Whoever saw a turn free has written its name by then; the last to write has it. */
const SETTLED_MS = 50;

/** Run work while no other tab runs work of the same name. */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  // Over plain http from another machine a browser has no locks.
  return navigator.locks === undefined ? await byStorage(name, work) : await navigator.locks.request(name, work);
}

async function byStorage<T>(name: string, work: () => Promise<T>): Promise<T> {
  const mine = Math.random().toString(36).slice(2);
  while (!(await hasTaken(name, mine))) await pause(SETTLED_MS);
  try {
    return await work();
  } finally {
    if (holderOf(name) === mine) localStorage.removeItem(name);
  }
}

async function hasTaken(name: string, mine: string): Promise<boolean> {
  if (holderOf(name) !== undefined) return false;
  localStorage.setItem(name, `${mine} ${Date.now() + HELD_MS}`);
  await pause(SETTLED_MS);
  return holderOf(name) === mine;
}

/** Return who holds a turn; undefined when nobody does. */
function holderOf(name: string): string | undefined {
  const [holder, untilMs] = (localStorage.getItem(name) ?? "").split(" ");
  const isHeld = Number(untilMs) > Date.now() && Number(untilMs) <= Date.now() + HELD_MS;
  return isHeld ? holder : undefined;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Definition, LinkStatus, TaskDefinition } from "./definition";
import {
  addTask,
  connect,
  disconnect,
  duplicate,
  isRefused,
  moveTasks,
  paste,
  type Refusal,
  removeTasks,
  renameTask,
  setCondition,
} from "./edits";
import { begun, changed, redone, undone } from "./history";
import { ancestorsOf } from "./links";
import { proposedName } from "./names";

const NAMES = ["A", "B", "C", "Send mail", 'say "hi"', "delay-1", "__proto__", "7"];
const STATUSES = ["completed", "failed", "skipped"] as const;

const EMPTY: Definition = { name: "w", tasks: {} };

type Edit = (definition: Definition) => Definition | Refusal;

const name = fc.constantFrom(...NAMES);
const statuses = fc.subarray([...STATUSES], { minLength: 1 });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  name.map(
    (one): Edit =>
      (d) =>
        addTask(d, one, { type: "delay", body: { seconds: 1 } }),
  ),
  fc.tuple(name, name, statuses).map(
    ([from, to, when]): Edit =>
      (d) =>
        connect(d, from, to, when),
  ),
  fc.tuple(name, name).map(
    ([from, to]): Edit =>
      (d) =>
        connect(d, from, to),
  ),
  fc.tuple(name, name).map(
    ([from, to]): Edit =>
      (d) =>
        disconnect(d, from, to),
  ),
  fc.tuple(name, name, fc.subarray([...STATUSES])).map(
    ([from, to, when]): Edit =>
      (d) =>
        setCondition(d, from, to, when),
  ),
  fc.tuple(name, name).map(
    ([from, to]): Edit =>
      (d) =>
        renameTask(d, from, to),
  ),
  fc.subarray(NAMES).map(
    (some): Edit =>
      (d) =>
        removeTasks(d, some),
  ),
  fc.subarray(NAMES).map(
    (some): Edit =>
      (d) =>
        duplicate(d, some).definition,
  ),
  fc.constant<Edit>((d) => paste(d, d.tasks).definition),
  fc.tuple(name, fc.integer(), fc.integer()).map(
    ([one, x, y]): Edit =>
      (d) =>
        moveTasks(d, new Map([[one, { x, y }]])),
  ),
);
const edits = fc.array(edit, { maxLength: 24 });

function applied(start: Definition, steps: readonly Edit[]): Definition {
  return steps.reduce((definition, step) => {
    const result = step(definition);
    return isRefused(result) ? definition : result;
  }, start);
}

function taskOf(one: Definition, task: string): TaskDefinition {
  const found = Object.hasOwn(one.tasks, task) ? one.tasks[task] : undefined;
  if (found === undefined) throw new Error(`there is no task ${task}`);
  return found;
}

function linked(...links: readonly (readonly [string, string])[]): Definition {
  const all: Edit[] = ["A", "B", "C"].map(
    (one): Edit =>
      (d) =>
        addTask(d, one, { type: "delay" }),
  );
  return applied(EMPTY, [
    ...all,
    ...links.map(
      ([from, to]): Edit =>
        (d) =>
          connect(d, from, to),
    ),
  ]);
}

describe("any edits", () => {
  it("leave no circle, and links between tasks that exist alone", () => {
    fc.assert(
      fc.property(edits, (steps) => {
        const end = applied(EMPTY, steps);
        for (const [task, { executeAfter = {} }] of Object.entries(end.tasks)) {
          expect(ancestorsOf(end, task).has(task)).toBe(false);
          for (const [from, when] of Object.entries(executeAfter)) {
            expect(Object.hasOwn(end.tasks, from)).toBe(true);
            expect(when.length).toBeGreaterThan(0);
          }
        }
      }),
    );
  });

  it("are undone to the first definition and redone to the last", () => {
    fc.assert(
      fc.property(edits, fc.array(fc.constantFrom(null, "a", "b")), (steps, gestures) => {
        const states = steps.map((_, index) => applied(EMPTY, steps.slice(0, index + 1)));
        const last = states.reduce((history, state, index) => changed(history, state, gestures[index]), begun(EMPTY));
        let back = last;
        for (const _ of last.past) back = undone(back);
        expect(back.present).toBe(EMPTY);
        let forth = back;
        for (const _ of back.future) forth = redone(forth);
        expect(forth.present).toBe(last.present);
      }),
    );
  });

  it("are undone by a rename back", () => {
    fc.assert(
      fc.property(edits, name, fc.constantFrom("Z", "new name", "__proto__"), (steps, from, to) => {
        const before = applied(EMPTY, steps);
        const there = renameTask(before, from, to);
        if (isRefused(there)) return;
        expect(renameTask(there, to, from)).toEqual(before);
      }),
    );
  });

  it("never let what is pasted take a name that is taken", () => {
    fc.assert(
      fc.property(edits, edits, (steps, others) => {
        const [into, from] = [applied(EMPTY, steps), applied(EMPTY, others)];
        const { definition, names } = paste(into, from.tasks);
        expect(Object.keys(definition.tasks).length).toBe(
          Object.keys(into.tasks).length + Object.keys(from.tasks).length,
        );
        expect(names.every((one) => !Object.hasOwn(into.tasks, one))).toBe(true);
        for (const one of Object.keys(into.tasks)) expect(definition.tasks[one]).toBe(into.tasks[one]);
      }),
    );
  });
});

describe("a link", () => {
  it("is refused where it closes a circle, with the way round", () => {
    const result = connect(linked(["A", "B"], ["B", "C"]), "C", "A");
    expect(result).toEqual({ reason: "A cannot run after C, which runs after it: A → B → C → A" });
    expect(connect(linked(), "A", "A")).toEqual({ reason: "A cannot run after itself" });
    expect(connect(linked(["A", "B"]), "A", "B")).toEqual({ reason: "B runs after A already" });
  });

  it("is made beside a circle that was there before, too", () => {
    const round = {
      A: { type: "delay", executeAfter: { B: ["completed"] as const } },
      B: { type: "delay", executeAfter: { A: ["completed"] as const } },
      C: { type: "delay" },
    };
    expect(connect({ name: "w", tasks: round }, "C", "A")).not.toHaveProperty("reason");
    expect(connect({ name: "w", tasks: round }, "A", "C")).not.toHaveProperty("reason");
  });

  it("keeps at least one status, in the order that the API has them", () => {
    const definition = linked(["A", "B"]);
    expect(setCondition(definition, "A", "B", [])).toHaveProperty("reason");
    const both = setCondition(definition, "A", "B", ["failed", "completed"]) as Definition;
    expect(taskOf(both, "B").executeAfter).toEqual({ A: ["completed", "failed"] });
  });

  it("goes with either of its tasks", () => {
    const left = removeTasks(linked(["A", "C"], ["B", "C"]), ["A"]);
    expect(left.tasks).toEqual({ B: { type: "delay" }, C: { type: "delay", executeAfter: { B: ["completed"] } } });
    expect(removeTasks(left, ["B"]).tasks).toEqual({ C: { type: "delay" } });
  });
});

describe("a move", () => {
  it("goes up and down as well as to the side", () => {
    const there = moveTasks(linked(), new Map([["A", { x: 1, y: 2 }]]));
    const below = moveTasks(there, new Map([["A", { x: 1, y: 3 }]]));
    expect(taskOf(below, "A").position).toEqual({ x: 1, y: 3 });
    expect(moveTasks(below, new Map([["A", { x: 1, y: 3 }]]))).toBe(below);
  });
});

describe("a name", () => {
  it("is proposed by type, the first that is free", () => {
    expect(renameTask(linked(), "A", "\u{1f600}".repeat(64))).not.toHaveProperty("reason");
    expect(proposedName(EMPTY, "delay")).toBe("delay-1");
    expect(proposedName({ name: "w", tasks: { "delay-1": { type: "delay" } } }, "delay")).toBe("delay-2");
  });

  it("is refused where it is taken, empty, too long or not printable", () => {
    const definition = linked();
    for (const bad of ["B", "", "x".repeat(65), "a\nb", "a\u200bb"]) {
      expect(renameTask(definition, "A", bad)).toHaveProperty("reason");
    }
  });
});

describe("a copy", () => {
  const COMPLETED: readonly LinkStatus[] = ["completed"];
  const source = applied(linked(["A", "B"], ["B", "C"]), [
    (d) => moveTasks(d, new Map([["C", { x: 10, y: 20 }]])),
    (d) => ({ ...d, tasks: { ...d.tasks, C: { ...taskOf(d, "C"), body: { text: { $ref: "tasks.B.output" } } } } }),
  ]);

  it("stands beside its original and runs after the same tasks", () => {
    const { definition, names } = duplicate(source, ["C"]);
    expect(names).toEqual(["C-1"]);
    expect(taskOf(definition, "C-1")).toEqual({ ...taskOf(source, "C"), position: { x: 42, y: 52 } });
  });

  it("counts on from the number of its original, and takes no name twice", () => {
    const tasks = { "delay-1": { type: "delay" }, "delay-2": { type: "delay" } };
    expect(paste({ name: "w", tasks }, tasks).names).toEqual(["delay-3", "delay-4"]);
  });

  it("keeps the links and references among those copied, under their new names", () => {
    const { definition, names } = paste(source, { B: taskOf(source, "B"), C: taskOf(source, "C") });
    expect(names).toEqual(["B-1", "C-1"]);
    expect(taskOf(definition, "B-1")).toEqual({ type: "delay" });
    expect(taskOf(definition, "C-1").executeAfter).toEqual({ "B-1": COMPLETED });
    expect(taskOf(definition, "C-1").body).toEqual({ text: { $ref: 'tasks["B-1"].output' } });
  });
});

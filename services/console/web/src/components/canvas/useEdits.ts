/** The edits that can be made on a canvas, each on the definition as it is by then. */

import { useMemo, useRef } from "react";
import type { Definition, LinkStatus, Position } from "../../lib/canvas/definition";
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
  setCondition,
} from "../../lib/canvas/edits";
import { type Area, arranged, broughtInto, freeSpot, positionsOf, TASK_SIZE } from "../../lib/canvas/layout";
import { proposedName } from "../../lib/canvas/names";
import type { CanvasEditing, Ends, TaskType } from "./model";

export interface Edits {
  /** Add a task of a type around a place, or where there is room below; return its name. */
  readonly add: (type: TaskType, middle: Position) => string;
  readonly move: (places: ReadonlyMap<string, Position>, gesture?: string) => void;
  readonly connect: (link: Ends) => void;
  readonly disconnect: (link: Ends) => void;
  /** Change the condition of a link; return why it is refused. */
  readonly setCondition: (link: Ends, statuses: readonly LinkStatus[]) => string | undefined;
  /** Return the names of the copies. */
  readonly duplicate: (names: readonly string[]) => readonly string[];
  /** Add tasks where they can be seen; return their names. */
  readonly paste: (tasks: Definition["tasks"], seen: Area) => readonly string[];
  readonly remove: (names: readonly string[]) => void;
  readonly arrange: () => void;
}

/** Return the edits, the same object as long as the canvas lives. */
export function useEdits(definition: Definition, edit: CanvasEditing | undefined): Edits {
  const latest = useRef({ definition, edit });
  latest.current = { definition, edit };
  return useMemo(() => {
    const now = () => latest.current.definition;
    const take = (next: Definition, gesture?: string) => {
      // Several edits may come before the next drawing.
      latest.current = { ...latest.current, definition: next };
      latest.current.edit?.onChange(next, gesture);
    };
    const attempt = (result: Definition | Refusal) => {
      if (isRefused(result)) latest.current.edit?.onRefused(result.reason);
      else take(placed(result));
    };
    return {
      add: (type, { x, y }) => {
        const name = proposedName(now(), type.type);
        const corner = { x: x - TASK_SIZE.width / 2, y: y - TASK_SIZE.height / 2 };
        const position = rounded(freeSpot(positionsOf(now()).values(), corner));
        attempt(addTask(placed(now()), name, { type: type.type, position }));
        return name;
      },
      move: (places, gesture) => {
        const whole = new Map([...places].map(([name, place]) => [name, rounded(place)]));
        take(moveTasks(placed(now()), whole), gesture);
      },
      connect: ({ from, to }) => attempt(connect(now(), from, to)),
      disconnect: ({ from, to }) => attempt(disconnect(now(), from, to)),
      setCondition: ({ from, to }, statuses) => {
        const result = setCondition(now(), from, to, statuses);
        if (isRefused(result)) return result.reason;
        take(placed(result));
        return undefined;
      },
      duplicate: (names) => {
        const added = duplicate(placed(now()), names);
        take(added.definition);
        return added.names;
      },
      paste: (tasks, seen) => {
        const added = paste(placed(now()), broughtInto(tasks, seen));
        take(placed(added.definition));
        return added.names;
      },
      remove: (names) => take(removeTasks(placed(now()), names)),
      arrange: () => take(moveTasks(now(), arranged(now()))),
    };
  }, []);
}

/** Keep every task where it is seen, from the first edit on. */
function placed(definition: Definition): Definition {
  return moveTasks(definition, positionsOf(definition));
}

function rounded({ x, y }: Position): Position {
  return { x: Math.round(x), y: Math.round(y) };
}

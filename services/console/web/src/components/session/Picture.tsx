/** A definition on a canvas that is read-only, as a version was or as a session runs it. */

import { lazy, Suspense } from "react";
import { useGet } from "../../api/queries";
import type { Definition } from "../../lib/canvas/definition";
import type { TaskState } from "../canvas/model";
import { Loaded, Waiting } from "../states/Loaded";

// React Flow comes when it is needed.
const Canvas = lazy(async () => ({ default: (await import("../canvas/Canvas")).Canvas }));

interface PictureProps {
  readonly definition: Definition;
  readonly states?: Readonly<Record<string, TaskState>>;
  readonly selected: string | null;
  readonly onSelect: (task: string | null) => void;
  /** In pixels. */
  readonly height: number;
}

export function Picture({ height, ...rest }: PictureProps) {
  const types = useGet("/api/v1/task-types", {});
  return (
    <Loaded query={types} what="the task types" height={height}>
      {({ data }) => (
        <Suspense fallback={<Waiting height={height} />}>
          <Canvas types={data} height={height} {...rest} />
        </Suspense>
      )}
    </Loaded>
  );
}

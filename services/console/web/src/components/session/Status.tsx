/** The status of a session or of a task: a sign, a colour, and the word itself. */

import {
  IconArrowForwardUp,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconClockPause,
  IconHourglassEmpty,
  IconPlayerPlayFilled,
  IconRefresh,
  IconX,
} from "@tabler/icons-react";
import type { SessionStatus, TaskStatus } from "../../lib/session/status";
import classes from "./Status.module.css";

const SIGNS = {
  queued: IconHourglassEmpty,
  pending: IconCircleDashed,
  running: IconPlayerPlayFilled,
  retrying: IconRefresh,
  waiting: IconClockPause,
  completed: IconCheck,
  failed: IconX,
  skipped: IconArrowForwardUp,
  cancelled: IconBan,
} as const;

export function Status({ of }: { readonly of: SessionStatus | TaskStatus }) {
  const Sign = SIGNS[of];
  return (
    <span className={classes.status} data-status={of}>
      <Sign size={16} aria-hidden="true" />
      {of}
    </span>
  );
}

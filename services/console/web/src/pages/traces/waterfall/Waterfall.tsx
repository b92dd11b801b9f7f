/** A trace's records on its axis: tools, the whole in small, the rows, and an opened record beside them. */

import { Stack } from "@mantine/core";
import { useCallback, useEffect, useEffectEvent, useMemo, useState } from "react";
import { Beside, RecordPanel } from "../../../components/record/RecordPanel";
import { useOpened } from "../../../components/record/useOpened";
import { NoMatch } from "../../../components/states/Nothing";
import { readView, type View, wholeView, writeView } from "../../../lib/tree/axis";
import { criticalPath, lastBefore, nextAfter } from "../../../lib/tree/find";
import { foldAll, NO_FOLDS, revealed, toggled } from "../../../lib/tree/fold";
import type { Step } from "../../../lib/tree/keys";
import { indexOf, type Trace } from "../../../lib/tree/trace";
import { useAddress } from "../../../state/address";
import { FIELDS } from "../fields";
import { FindBox } from "./FindBox";
import { Marked } from "./Marked";
import { MiniMap } from "./MiniMap";
import { type Active, SpanGrid } from "./SpanGrid";
import { SpanRecord } from "./SpanRecord";
import { Toolbar } from "./Toolbar";
import { useMarks } from "./useMarks";
import { useFolds, useRows } from "./useRows";
import { useTexts } from "./useTexts";
import "./waterfall.css";

interface WaterfallProps {
  readonly uowId: string;
  readonly trace: Trace;
}

const NO_TOGGLES = { onlyCriticalPath: false, errors: false };

export function Waterfall({ uowId, trace }: WaterfallProps) {
  const { values, change } = useAddress(FIELDS);
  const opened = useOpened();
  const [folds, changeFolds] = useFolds(
    trace,
    values.fold,
    useCallback((fold: string) => change({ fold }, "typing"), [change]),
  );
  const openIndex = useMemo(() => indexOf(trace, opened.id), [trace, opened.id]);
  const marks = useMarks(trace);
  const [active, setActive] = useState<Active>({ index: Math.max(openIndex, 0) });
  const texts = useTexts(uowId, trace.spans.length, values.find !== "");
  const { rows, found } = useRows(trace, folds, values, texts.texts);
  const path = useMemo(() => criticalPath(trace), [trace]);
  const whole = useMemo(() => wholeView(trace), [trace]);
  const view = useMemo(() => readView(values.view, whole), [values.view, whole]);
  const setView = useCallback(
    (next: View, how?: "choice" | "typing") => change({ view: writeView(next, whole) }, how),
    [change, whole],
  );

  const go = useCallback(
    (index: number) => {
      if (index < 0) return;
      changeFolds((before) => revealed(trace, before, index));
      setActive({ index });
    },
    [trace, changeFolds],
  );
  useEffect(() => go(openIndex), [go, openIndex]);
  const showFirst = useEffectEvent((index: number) => {
    if (openIndex < 0) go(index);
  });
  useEffect(() => showFirst(marks.indexes[0] ?? -1), [marks.indexes]);
  const { open } = opened;
  const onStep = useCallback(
    (step: Step) => {
      if ("toggle" in step) {
        changeFolds((before) => toggled(before, step.toggle));
        setActive({ index: step.toggle });
      } else if ("open" in step) {
        setActive({ index: step.open });
        open(trace.spans[step.open]?.node.id ?? "");
      } else setActive({ index: step.go });
    },
    [trace, changeFolds, open],
  );
  const openSpan = trace.spans[openIndex];
  return (
    <Stack gap="sm" align="stretch">
      <Toolbar
        values={values}
        change={change}
        onNext={() => go(nextAfter(path, active.index))}
        onFold={() => {
          changeFolds(() => foldAll(trace));
          setActive({ index: 0 });
        }}
        onUnfold={() => changeFolds(() => NO_FOLDS)}
      >
        <FindBox
          text={values.find}
          found={found}
          at={active.index}
          share={texts.share}
          onType={(find) => change({ find }, "typing")}
          onNext={() => go(nextAfter(found, active.index))}
          onPrevious={() => go(lastBefore(found, active.index))}
        />
      </Toolbar>
      <Marked marks={marks} onNext={() => go(nextAfter(marks.indexes, active.index))} />
      <MiniMap trace={trace} whole={whole} view={view} onView={setView} />
      <Beside
        record={
          openSpan === undefined ? null : (
            <RecordPanel opened={opened}>
              <SpanRecord key={openSpan.node.id} span={openSpan} trace={trace} onGo={go} />
            </RecordPanel>
          )
        }
      >
        {rows.length === 0 ? (
          <NoMatch isRanged={false} onClear={() => change(NO_TOGGLES)} />
        ) : (
          <SpanGrid
            trace={trace}
            rows={rows}
            folds={folds}
            view={view}
            active={active}
            openId={opened.id}
            found={found}
            marked={marks.indexes}
            isPathMarked={values.criticalPath}
            onStep={onStep}
          />
        )}
      </Beside>
    </Stack>
  );
}

/** The SQL filter of a metric; what the API finds wrong in it is marked at its place. */

import { Textarea } from "@mantine/core";
import { type ChangeEvent, useEffect, useRef } from "react";
import { sqlFault } from "../../../lib/metrics/sqlPlace";

interface SqlFilterProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (event: ChangeEvent<HTMLTextAreaElement>) => void;
}

export function SqlFilter({ value, error, onChange }: SqlFilterProps) {
  const input = useRef<HTMLTextAreaElement>(null);
  const fault = error === undefined ? undefined : sqlFault(error, value);
  const offset = fault?.offset;
  useEffect(() => {
    if (offset !== undefined) input.current?.setSelectionRange(offset, offset);
  }, [offset]);
  return (
    <Textarea
      ref={input}
      label="SQL filter"
      description="A WHERE clause, such as origin = 'WEBAPP' and data.total < 1000; both filters must hold"
      autosize
      minRows={2}
      maxRows={12}
      spellCheck={false}
      classNames={{ input: "code", error: "wrap" }}
      value={value}
      onChange={onChange}
      error={
        fault === undefined ? (
          error
        ) : (
          <>
            Line {fault.line}, column {fault.column}: {fault.message}
            <span className="code marked-line" aria-hidden="true">
              {`${fault.text}\n${fault.blanks}^`}
            </span>
          </>
        )
      }
    />
  );
}

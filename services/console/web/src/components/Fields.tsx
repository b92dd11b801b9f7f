/** Names and values of one thing. */

import type { ReactNode } from "react";

/** A field whose value is null or undefined is left out. */
export type FieldItem = readonly [name: string, value: ReactNode];

export function Fields({ items }: { readonly items: readonly FieldItem[] }) {
  return (
    <dl className="fields">
      {items
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt className="dimmed">{name}</dt>
            <dd className="break">{value}</dd>
          </div>
        ))}
    </dl>
  );
}

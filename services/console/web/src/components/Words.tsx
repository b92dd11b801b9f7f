/** A sentence of the API: what it has between backticks is code. */

import { Fragment } from "react";

export function Words({ of }: { readonly of: string }) {
  return of.split("`").map((part, index) => {
    const Part = index % 2 === 0 ? Fragment : "code";
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence have no other name
    return <Part key={index}>{part}</Part>;
  });
}

/** The fields of a list that filter by a text each. */

import { SimpleGrid, type StyleProp } from "@mantine/core";
import { Filter } from "../Filter";

interface TextFiltersProps<Name extends string> {
  /** What each is called on the page, in their order. */
  readonly labels: Readonly<Record<Name, string>>;
  readonly values: Readonly<Record<NoInfer<Name>, string>>;
  /** What may be typed, where it is known. */
  readonly suggestions?: Partial<Record<NoInfer<Name>, readonly string[]>>;
  /** Return what is wrong with a field. */
  readonly errorOf?: (name: NoInfer<Name>) => string | undefined;
  readonly columns: StyleProp<number>;
  readonly onType: (name: NoInfer<Name>, value: string) => void;
}

export function TextFilters<Name extends string>(props: TextFiltersProps<Name>) {
  const { labels, values, suggestions, errorOf, columns, onType } = props;
  return (
    <SimpleGrid cols={columns} verticalSpacing="xs">
      {(Object.keys(labels) as Name[]).map((name) => (
        <Filter
          key={name}
          label={labels[name]}
          value={values[name]}
          suggestions={suggestions?.[name]}
          error={errorOf?.(name)}
          onType={(value) => onType(name, value)}
        />
      ))}
    </SimpleGrid>
  );
}

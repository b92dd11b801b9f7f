/** What the results of the range are made of; each count leads to the results that it counts. */

import { Paper, SimpleGrid, Table, Text } from "@mantine/core";
import { PageLink } from "../../../components/PageLink";
import { paths } from "../../../lib/address/paths";
import {
  ABORT_CAUSES,
  CATEGORIES,
  CAUSE_WORDS,
  ERROR_CAUSES,
  OUTCOMES,
  type ResultFilter,
} from "../../../lib/critical/results";
import { formatNumber, formatShare } from "../../../lib/numbers";
import type { Figures } from "../../../state/health";

interface Part {
  readonly words: string;
  readonly count: number;
  readonly filter: ResultFilter;
}

interface BreakdownProps {
  readonly of: Figures;
  readonly name: string;
}

export function Breakdown({ of, name }: BreakdownProps) {
  const outcomes = OUTCOMES.map((outcome): Part => ({ words: outcome, count: of[outcome], filter: { outcome } }));
  const categories = CATEGORIES.map((category): Part => {
    const count = of.categories[category.toLowerCase() as keyof Figures["categories"]];
    return { words: category, count, filter: { category } };
  });
  const errors = ERROR_CAUSES.map(
    (cause): Part => ({ words: CAUSE_WORDS[cause], count: of.errors[cause], filter: { cause } }),
  );
  const aborts = ABORT_CAUSES.map(
    (cause): Part => ({ words: CAUSE_WORDS[cause], count: of.aborts[cause], filter: { cause } }),
  );
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="xs">
      <Parts of={outcomes} caption="Outcomes" name={name} />
      <Parts of={categories} caption="Categories of completed ones" name={name} />
      <Parts of={errors} caption="Causes of errors" name={name} />
      <Parts of={aborts} caption="Causes of aborts" name={name} />
    </SimpleGrid>
  );
}

interface PartsProps {
  readonly of: readonly Part[];
  readonly caption: string;
  readonly name: string;
}

function Parts({ of, caption, name }: PartsProps) {
  const total = of.reduce((sum, { count }) => sum + count, 0);
  return (
    <Paper withBorder p="xs">
      <Text size="sm" fw={600} aria-hidden="true">
        {caption}
      </Text>
      <Table verticalSpacing={3} withRowBorders={false}>
        <Table.Caption className="visually-hidden">{caption}</Table.Caption>
        <Table.Tbody>
          {of.map(({ words, count, filter }) => (
            <Table.Tr key={words}>
              <Table.Th scope="row" fw={400}>
                {count === 0 ? (
                  <span className="dimmed">{words}</span>
                ) : (
                  <PageLink to={paths.criticalInteraction(name)} search={{ tab: "results", ...filter }}>
                    {words}
                  </PageLink>
                )}
              </Table.Th>
              <Table.Td ta="right" className="numbers">
                {formatNumber(count)}
              </Table.Td>
              <Table.Td ta="right" className="numbers dimmed">
                {total > 0 && formatShare(count / total)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

/**
 * A list of things as a table. The first cell of a row is the link to its thing. Long lists have only the rows in the
 * document that can be seen; how many there are stands in `aria-rowcount`.
 */

import { Table } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type ReactNode, type RefObject, useRef } from "react";
import { zoneName } from "../../lib/time/zone";
import { usePreferences } from "../../state/preferences";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: "right";
  /** The cells hold instants: the zone stands beside the head. */
  readonly isTime?: boolean;
  /** The column is left out where the window is too narrow for all. */
  readonly isExtra?: boolean;
}

interface Scroll {
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly onScroll: (top: number) => void;
}

export interface DataTableProps<Row> {
  /** What the list is of; the page's main list has its heading here. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** The number of all rows when these are some of them, and of those before the first. */
  readonly total?: number;
  readonly before?: number;
  /** Marks a row, that of an opened record for instance. */
  readonly isCurrent?: (row: Row) => boolean;
  /** What a click into a row does, beside what its links and buttons do; a button in the row has to do it too. */
  readonly onPick?: (row: Row) => void;
  /** Have the rows scroll by themselves, however few they are, and tell how far they are scrolled. */
  readonly scroll?: Scroll;
}

/** From so many rows on, those that cannot be seen are left out. */
const VIRTUAL_FROM = 150;
const OVERSCAN = 10;
const HEIGHTS = { comfortable: 37, compact: 29 } as const;

export function DataTable<Row>(props: DataTableProps<Row>) {
  return props.rows.length < VIRTUAL_FROM && props.scroll === undefined ? (
    <WholeTable {...props} />
  ) : (
    <VirtualTable {...props} />
  );
}

function WholeTable<Row>(props: DataTableProps<Row>) {
  return (
    <Frame {...props}>
      <Table.Tbody>
        {props.rows.map((row, index) => (
          <Row key={props.rowKey(row)} {...props} row={row} index={index} />
        ))}
      </Table.Tbody>
    </Frame>
  );
}

function VirtualTable<Row>(props: DataTableProps<Row>) {
  const { density } = usePreferences().preferences;
  // Heights are kept by place and not by key: a tail has ever new keys.
  const own = useRef<HTMLDivElement>(null);
  const frame = props.scroll?.frame ?? own;
  const virtualizer = useVirtualizer({
    count: props.rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => HEIGHTS[density],
    overscan: OVERSCAN,
  });
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  return (
    <Frame {...props} frame={frame} className="tall">
      <Table.Tbody>
        <Gap height={first?.start ?? 0} columns={props.columns.length} />
        {items.map((item) => (
          <Row
            key={props.rowKey(props.rows[item.index] as Row)}
            {...props}
            row={props.rows[item.index] as Row}
            index={item.index}
            measure={virtualizer.measureElement}
          />
        ))}
        <Gap height={virtualizer.getTotalSize() - (last?.end ?? 0)} columns={props.columns.length} />
      </Table.Tbody>
    </Frame>
  );
}

interface FrameProps<Row> extends DataTableProps<Row> {
  readonly frame?: RefObject<HTMLDivElement | null>;
  readonly className?: string;
  readonly children: ReactNode;
}

function Frame<Row>({ caption, columns, rows, total, scroll, frame, className, children }: FrameProps<Row>) {
  const { zone } = usePreferences().preferences;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of forms
    <div
      ref={frame}
      className={`table ${className ?? ""}`}
      role="group"
      aria-label="Rows"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
      tabIndex={0}
      onScroll={scroll && ((event) => scroll.onScroll(event.currentTarget.scrollTop))}
    >
      <Table stickyHeader={className !== undefined} highlightOnHover aria-rowcount={(total ?? rows.length) + 1}>
        <Table.Caption className="visually-hidden">{caption}</Table.Caption>
        <Table.Thead>
          <Table.Tr aria-rowindex={1}>
            {columns.map((column) => (
              <Table.Th key={column.head} scope="col" ta={column.align} visibleFrom={visibleFrom(column)}>
                {column.head}
                {column.isTime && <span className="dimmed"> ({zoneName(zone)})</span>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        {children}
      </Table>
    </div>
  );
}

interface RowProps<Row> extends DataTableProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly measure?: (element: HTMLElement | null) => void;
}

function Row<Row>({ columns, row, index, before = 0, isCurrent, onPick, measure }: RowProps<Row>) {
  return (
    <Table.Tr
      ref={measure}
      data-index={index}
      aria-rowindex={before + index + 2}
      aria-current={isCurrent?.(row) ? "true" : undefined}
      onClick={onPick && ((event: MouseEvent) => isPick(event) && onPick(row))}
    >
      {columns.map((column) => (
        <Table.Td
          key={column.head}
          ta={column.align}
          className={column.isTime ? "nowrap" : undefined}
          visibleFrom={visibleFrom(column)}
        >
          {column.cell(row)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function visibleFrom<Row>({ isExtra }: Column<Row>): "wide" | undefined {
  return isExtra ? "wide" : undefined;
}

/** Return whether a click meant the row: neither something in it, nor text that is being selected. */
function isPick(event: MouseEvent): boolean {
  const isOnControl = event.target instanceof Element && event.target.closest("a, button, input") !== null;
  return !isOnControl && (window.getSelection()?.isCollapsed ?? true);
}

function Gap({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: no cell of it can have the focus
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  );
}

/** A list that comes in pages: the rows of one, and the way to the others. */

import { DataTable, type DataTableProps } from "./DataTable";
import { Paging } from "./Paging";

interface PagedTableProps<Row> extends Omit<DataTableProps<Row>, "before" | "scroll"> {
  readonly page: number;
  readonly pageSize: number;
  /** The number of the rows of all pages. */
  readonly total: number;
  readonly onPage: (page: number) => void;
}

export function PagedTable<Row>({ page, pageSize, onPage, ...table }: PagedTableProps<Row>) {
  return (
    <>
      <DataTable {...table} before={(page - 1) * pageSize} />
      <Paging page={page} pageSize={pageSize} shown={table.rows.length} total={table.total} onPage={onPage} />
    </>
  );
}

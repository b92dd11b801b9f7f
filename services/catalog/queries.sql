-- Reads and writes of the catalog's items.

-- name: insert_item
-- One new item; a mnemonic or id that is taken gives no row.
INSERT INTO catalog.items (
    tenant_id, kind, item_id, title, mnemonic, description, icon, font_color_hex, bg_color_hex,
    is_system, version, created_at, modified_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)
ON CONFLICT DO NOTHING
RETURNING *;

-- name: get_item
-- One item by its id, archived or not.
SELECT * FROM catalog.items WHERE tenant_id = $1 AND kind = $2 AND item_id = $3;

-- name: lock_item
-- One item by its id, held against other writers until the transaction ends.
SELECT * FROM catalog.items WHERE tenant_id = $1 AND kind = $2 AND item_id = $3 FOR UPDATE;

-- name: find_mnemonic
-- The item that holds a mnemonic, whatever the spelling.
SELECT * FROM catalog.items
WHERE tenant_id = $1 AND kind = $2 AND mnemonic_folded = lower($3::text COLLATE "C");

-- name: update_item
-- The item's new state, one version on; dates never go back.
UPDATE catalog.items
SET title = $4, mnemonic = $5, description = $6, icon = $7, font_color_hex = $8, bg_color_hex = $9,
    version = version + 1, modified_at = greatest(modified_at, $10)
WHERE tenant_id = $1 AND kind = $2 AND item_id = $3
RETURNING *;

-- name: archive_item
-- Take the item out of use, one version on.
UPDATE catalog.items
SET archived_at = greatest(modified_at, $4), modified_at = greatest(modified_at, $4), version = version + 1
WHERE tenant_id = $1 AND kind = $2 AND item_id = $3
RETURNING *;

-- name: list_items
-- The items that fit the filters, by mnemonic: $3 archived or not (null: both), $4 a mnemonic, $5 a part of mnemonic or
-- title; $6 rows after $7 skipped ones (null: all).
SELECT * FROM catalog.items
WHERE tenant_id = $1 AND kind = $2
  AND ($3::boolean IS NULL OR (archived_at IS NOT NULL) = $3)
  AND ($4::text IS NULL OR mnemonic_folded = lower($4 COLLATE "C"))
  AND ($5::text IS NULL OR strpos(mnemonic_folded, lower($5)) > 0 OR strpos(lower(title), lower($5)) > 0)
ORDER BY mnemonic_folded
LIMIT $6::bigint OFFSET $7::bigint;

-- name: count_items
-- How many items fit the filters of list_items.
SELECT count(*) FROM catalog.items
WHERE tenant_id = $1 AND kind = $2
  AND ($3::boolean IS NULL OR (archived_at IS NOT NULL) = $3)
  AND ($4::text IS NULL OR mnemonic_folded = lower($4 COLLATE "C"))
  AND ($5::text IS NULL OR strpos(mnemonic_folded, lower($5)) > 0 OR strpos(lower(title), lower($5)) > 0);

-- name: tenants_with
-- The tenants with system items, of those in $1 (null: of all), and whether each has an item of every kind ($2) and
-- folded mnemonic ($3); a tenant's own counts as well.
SELECT i.tenant_id, count(w.kind) = cardinality($2::text[]) AS has_all
FROM catalog.items AS i
LEFT JOIN unnest($2::text[], $3::text[]) AS w (kind, mnemonic_folded) USING (kind, mnemonic_folded)
WHERE $1::text[] IS NULL OR i.tenant_id = ANY ($1)
GROUP BY i.tenant_id
HAVING bool_or(i.is_system);

-- name: every_item
-- The items of a kind of all tenants, for publishing again what the topic lacks.
SELECT * FROM catalog.items WHERE kind = $1 ORDER BY tenant_id, item_id;

-- name: free_mnemonics
-- Let items that are to be taken up in a later version hold no mnemonic that another one of them may have by then.
UPDATE catalog.items AS i SET mnemonic = i.item_id::text
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[]) AS n (tenant_id, kind, item_id, version)
WHERE (i.tenant_id, i.kind, i.item_id) = (n.tenant_id, n.kind, n.item_id) AND i.version < n.version;

-- name: take_up_items
-- Items as the log has them, where there is none of that id, or an older version.
INSERT INTO catalog.items AS i (
    tenant_id, kind, item_id, title, mnemonic, description, icon, font_color_hex, bg_color_hex, is_system, version,
    created_at, modified_at, archived_at
)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::boolean[], $11::bigint[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[]
) AS n (tenant_id, kind, item_id)
ORDER BY n.tenant_id, n.kind, n.item_id
ON CONFLICT (tenant_id, kind, item_id) DO UPDATE
SET title = excluded.title, mnemonic = excluded.mnemonic, description = excluded.description, icon = excluded.icon,
    font_color_hex = excluded.font_color_hex, bg_color_hex = excluded.bg_color_hex, is_system = excluded.is_system,
    version = excluded.version, created_at = excluded.created_at, modified_at = excluded.modified_at,
    archived_at = excluded.archived_at
WHERE i.version < excluded.version
RETURNING true;

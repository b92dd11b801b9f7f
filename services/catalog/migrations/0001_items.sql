-- Resource types, actions and origins, told apart by `kind`.
CREATE TABLE items (
    tenant_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('resource_type', 'action', 'origin')),
    item_id uuid NOT NULL,
    title text NOT NULL,
    mnemonic text NOT NULL,
    mnemonic_folded text NOT NULL GENERATED ALWAYS AS (lower(mnemonic COLLATE "C")) STORED,
    description text,
    icon text,
    font_color_hex text,
    bg_color_hex text,
    is_system boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (tenant_id, kind, item_id),
    CONSTRAINT mnemonic_is_unique UNIQUE (tenant_id, kind, mnemonic_folded)
);

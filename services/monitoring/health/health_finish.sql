-- What filled `results` still lacks: the orders in which results are listed.

CREATE INDEX results_by_kind ON results (tenant_id, definition_id, kind, ended_at, id);
CREATE INDEX results_by_key ON results (tenant_id, definition_id, match_key, ended_at, id);

ANALYZE results;
ANALYZE series;
ANALYZE rollups;

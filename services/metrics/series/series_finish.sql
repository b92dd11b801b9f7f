CREATE INDEX contributions_by_time ON contributions (tenant_id, series_id, customer, dims, event_at);

ANALYZE contributions;
ANALYZE tiles;

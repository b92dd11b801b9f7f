-- Orders and filters of the lists, and the open sessions of a partition.
CREATE INDEX sessions_open ON sessions (partition) WHERE is_open;
CREATE INDEX sessions_newest ON sessions (tenant_id, started_at, session_id);
CREATE INDEX sessions_of_status ON sessions (tenant_id, status, started_at, session_id);
CREATE INDEX sessions_of_workflow ON sessions (tenant_id, workflow, status, started_at, session_id);
CREATE INDEX sessions_of_uow ON sessions (tenant_id, uow_key, started_at, session_id);
CREATE INDEX sessions_of_parent ON sessions (tenant_id, parent_id, started_at, session_id) WHERE parent_id IS NOT NULL;

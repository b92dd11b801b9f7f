-- The registry of read models and reactors. May be run again.
CREATE SCHEMA IF NOT EXISTS projections;
CREATE TABLE IF NOT EXISTS projections.log (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    log_id text NOT NULL,
    adopted_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS projections.models (
    service text NOT NULL,
    name text NOT NULL,
    serving int,
    newest int NOT NULL DEFAULT 0,
    PRIMARY KEY (service, name)
);
CREATE TABLE IF NOT EXISTS projections.generations (
    service text NOT NULL,
    name text NOT NULL,
    generation int NOT NULL,
    version int NOT NULL,
    log_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('filling', 'catching_up', 'serving', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    stopped_at timestamptz,
    stopped_reason text,
    parking_floor bigint NOT NULL DEFAULT 0,
    done bigint NOT NULL DEFAULT 0,
    target bigint,
    PRIMARY KEY (service, name, generation),
    FOREIGN KEY (service, name) REFERENCES projections.models
);
CREATE TABLE IF NOT EXISTS projections.rebuilds (
    service text NOT NULL,
    name text NOT NULL,
    reason text NOT NULL,
    from_retained boolean NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    claimed_by text,
    claimed_until timestamptz,
    failed_at timestamptz,
    failure text,
    PRIMARY KEY (service, name)
);
CREATE TABLE IF NOT EXISTS projections.copies (
    source text NOT NULL,
    target text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (source, target, topic, partition)
);
CREATE TABLE IF NOT EXISTS projections.copy_boundaries (
    source text NOT NULL,
    target text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (source, target, topic, partition)
);
-- Records that an operator has discarded: no rebuild parks them again. `number` is an interaction's.
CREATE TABLE IF NOT EXISTS projections.discarded (
    service text NOT NULL,
    name text NOT NULL,
    log_id text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    tenant_id text,
    number bigint,
    reason text NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, name, log_id, topic, partition, "offset")
);
ALTER TABLE projections.discarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE projections.discarded FORCE ROW LEVEL SECURITY;
CREATE TABLE IF NOT EXISTS projections.reactors (
    service text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    stopped_at timestamptz,
    stopped_reason text,
    parking_floor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (service, name)
);

-- A service's roles see the rows of their own service; the owner sees all.
DO $$
DECLARE
    found text;
BEGIN
    FOREACH found IN ARRAY ARRAY['models', 'generations', 'rebuilds', 'reactors'] LOOP
        IF NOT EXISTS (SELECT FROM pg_policies WHERE schemaname = 'projections' AND tablename = found) THEN
            EXECUTE format('ALTER TABLE projections.%I ENABLE ROW LEVEL SECURITY', found);
            EXECUTE format($policy$
                CREATE POLICY own_service ON projections.%I USING (
                    current_user::text IN ('waymark_' || service || '_projector', 'waymark_' || service || '_request')
                )
            $policy$, found);
        END IF;
    END LOOP;
END $$;

-- Of what was discarded, requests see their own tenant's alone. Earlier versions had two policies for each service.
DO $$
DECLARE
    found text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_policies WHERE schemaname = 'projections' AND tablename = 'discarded'
                   AND policyname = 'own_service') THEN
        CREATE POLICY own_service ON projections.discarded USING (
            current_user::text = 'waymark_' || service || '_projector'
            OR (current_user::text = 'waymark_' || service || '_request'
                AND tenant_id = current_setting('waymark.tenant_id', true))
        );
    END IF;
    FOR found IN
        SELECT policyname FROM pg_policies
        WHERE schemaname = 'projections' AND tablename = 'discarded' AND policyname ~ '^(projector|requests)_of_'
    LOOP
        EXECUTE format('DROP POLICY %I ON projections.discarded', found);
    END LOOP;
END $$;

-- Makes the schema of a generation for the projector of its service, at the wish of a login that may act as that one.
CREATE OR REPLACE FUNCTION projections.add_schema(service text, name text, number int) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    projector text := format('waymark_%s_projector', service);
    made text := format('%s_%s_g%s', service, name, number);
BEGIN
    IF NOT pg_has_role(session_user, projector, 'MEMBER') THEN
        RAISE insufficient_privilege USING MESSAGE = format('%s may not act as %s', session_user, projector);
    END IF;
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', made, projector);
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION projections.add_schema FROM PUBLIC;

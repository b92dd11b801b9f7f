-- A sender's JSON as filters compare it, decimals exactly; null where it holds a number that PostgreSQL has no room for,
-- with more than 16,383 digits after the point.
DO $do$
BEGIN
    IF current_setting('server_version_num')::integer >= 160000 THEN
        CREATE FUNCTION comparable(sent json) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS
        'SELECT CASE WHEN pg_input_is_valid(sent::text, ''jsonb'') THEN sent::jsonb END';
    ELSE
        CREATE FUNCTION comparable(sent json) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN sent::jsonb;
        EXCEPTION WHEN data_exception THEN
            RETURN NULL;
        END $$;
    END IF;
END
$do$;

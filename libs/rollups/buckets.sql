-- The bucket of a latency: see histogram.py.
CREATE FUNCTION latency_bucket(latency_ms bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN latency_ms <= 0 THEN 0
        ELSE 1 + ceil(ln(latency_ms::double precision) / ln(101.0::double precision / 99.0::double precision))
    END::integer
$$;

-- What one latency of a bucket adds to `counts`.
CREATE FUNCTION one_of_bucket(bucket integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('1e' || bucket % 100 * 12)::numeric
$$;

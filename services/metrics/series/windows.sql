-- Windows of a series at an instant: functions over the tables of the read model `series`, in its generations' schemas.
-- Requests, runs and the valuer compute every value by them, so that two values of one instant cannot differ. Times are
-- milliseconds since the epoch; days and quarter hours count from it, before it below 0.

CREATE FUNCTION day_of(ms bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((ms + 86400000000000000) / 86400000 - 1000000000)::integer
$$;
CREATE FUNCTION quarter_of(ms bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((ms + 86400000000000000) / 900000 - 96000000000)::integer
$$;

-- Whether a day of `n` contributions has quarter hours as well.
CREATE FUNCTION is_busy(n bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT n >= 200
$$;

-- `total / divisor` to 17 significant digits, half to even. All steps are exact: a product of numerics is, and `div` cuts.
CREATE FUNCTION mean_of(total numeric, divisor bigint) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    whole text := split_part(abs(total)::text, '.', 1);
    fraction text := split_part(abs(total)::text, '.', 2);
    places integer := 16 + length(divisor::text)
        - CASE whole WHEN '0' THEN length(ltrim(fraction, '0')) - length(fraction) ELSE length(whole) END;
    scaled numeric := abs(total) * ('1e' || places)::numeric;
    quotient numeric;
    beyond_half numeric;
BEGIN
    IF scaled < 1e16 * divisor THEN
        places := places + 1;
        scaled := scaled * 10;
    END IF;
    quotient := div(scaled, divisor);
    beyond_half := 2 * (scaled - quotient * divisor) - divisor;
    IF beyond_half > 0 OR beyond_half = 0 AND quotient % 2 = 1 THEN
        quotient := quotient + 1;
    END IF;
    RETURN sign(total) * quotient * ('1e' || -places)::numeric;
END $$;

-- The value by function; null where the window has nothing for it.
CREATE FUNCTION value_of(function text, n bigint, numbers bigint, total numeric, low numeric, high numeric)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE function
        WHEN 'count' THEN nullif(n, 0)::numeric
        WHEN 'sum' THEN total
        WHEN 'avg' THEN mean_of(total, numbers)
        WHEN 'min' THEN low
        WHEN 'max' THEN high
    END
$$;

-- How many records the value is made of.
CREATE FUNCTION records_of(function text, n bigint, numbers bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE function WHEN 'count' THEN n ELSE numbers END
$$;

-- The two days that a window of `days` days before `at` cuts: of each the times `[since, until)` that the window has, the
-- whole quarter hours among them, and the times beside those.
CREATE FUNCTION window_edges(days integer, at bigint)
RETURNS TABLE (
    day integer, since bigint, until bigint,
    first_quarter integer, end_quarter integer, beside_since bigint, beside_until bigint
) LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 2 AS $$
    SELECT
        day_of(w.since - 1), w.since, (day_of(w.since - 1) + 1) * 86400000::bigint,
        quarter_of(w.since - 1) + 1, (day_of(w.since - 1) + 1) * 96,
        w.since, (quarter_of(w.since - 1) + 1) * 900000::bigint
    FROM (VALUES (at - days * 86400000::bigint)) AS w (since)
    UNION ALL
    SELECT
        day_of(at), day_of(at) * 86400000::bigint, at,
        day_of(at) * 96, quarter_of(at), quarter_of(at) * 900000::bigint, at
$$;

-- The contributions of one key in the window of `days` days that ends before `at`, all before it where `days` is null: whole
-- days from their tiles; the days that the window cuts from their contributions, or from their quarter hours and the
-- contributions beside those. Right after `next_change_at`, at the earliest, the sums differ with no new record.
-- A plan that was made for tables without rows has to be good for full ones: what looks superfluous here, an order, a limit,
-- an upper bound by CASE (COALESCE is none of what row-level security lets into an index), leaves one way through each index.
CREATE FUNCTION window_sums(tenant text, series bigint, of_customer text, of_dims text, days integer, at bigint)
RETURNS TABLE (n bigint, numbers bigint, total numeric, low numeric, high numeric, next_change_at bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT
        coalesce(sum(part.n), 0)::bigint, coalesce(sum(part.numbers), 0)::bigint,
        sum(part.total), min(part.least), max(part.most),
        least(
            min(part.first_at) + days * 86400000::bigint,
            (
                SELECT c.event_at FROM contributions AS c
                WHERE c.tenant_id = tenant AND c.series_id = series AND c.customer = of_customer AND c.dims = of_dims
                    AND c.event_at >= at
                ORDER BY c.event_at LIMIT 1
            )
        )
    FROM (
        SELECT t.n, t.numbers, t.total, t.least, t.most, t.first_at
        FROM tiles AS t
        WHERE t.tenant_id = tenant AND t.series_id = series AND t.customer = of_customer AND t.dims = of_dims
            AND t.day > CASE WHEN days IS NULL THEN -2147483648 ELSE day_of(at - days * 86400000::bigint - 1) END
            AND t.day < day_of(at)
        UNION ALL
        SELECT cut.n, cut.numbers, cut.total, cut.least, cut.most, cut.first_at
        FROM window_edges(days, at) AS e
        CROSS JOIN LATERAL (
            SELECT d.n FROM tiles AS d
            WHERE d.tenant_id = tenant AND d.series_id = series AND d.customer = of_customer AND d.dims = of_dims
                AND d.day = e.day
            LIMIT 1
        ) AS t
        CROSS JOIN LATERAL (
            SELECT q.n, q.numbers, q.total, q.least, q.most, q.first_at
            FROM quarters AS q
            WHERE q.tenant_id = tenant AND q.series_id = series AND q.customer = of_customer AND q.dims = of_dims
                AND q.quarter >= e.first_quarter AND q.quarter < e.end_quarter AND is_busy(t.n)
            UNION ALL
            (
                SELECT 1, (c.number IS NOT NULL)::integer, c.number, c.number, c.number, c.event_at
                FROM contributions AS c
                WHERE c.tenant_id = tenant AND c.series_id = series AND c.customer = of_customer AND c.dims = of_dims
                    AND c.event_at >= CASE WHEN is_busy(t.n) THEN e.beside_since ELSE e.since END
                    AND c.event_at < CASE WHEN is_busy(t.n) THEN e.beside_until ELSE e.until END
                ORDER BY c.event_at
            )
        ) AS cut
    ) AS part
$$;

-- The values of some keys, in any order; one for each, null where the window has nothing for it. Planned once a session for
-- any arguments: to plan it takes ten times as long as to run it.
CREATE FUNCTION window_values(
    tenant text, series bigint, function text, days integer, at bigint, customers text[], dims_of text[]
) RETURNS TABLE (
    customer text, dims text, value numeric, records bigint, total numeric, next_change_at bigint
) LANGUAGE plpgsql STABLE PARALLEL SAFE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    SELECT
        k.customer, k.dims,
        value_of(function, s.n, s.numbers, s.total, s.low, s.high), records_of(function, s.n, s.numbers),
        s.total, s.next_change_at
    FROM unnest(customers, dims_of) AS k (customer, dims)
    CROSS JOIN LATERAL window_sums(tenant, series, k.customer, k.dims, days, at) AS s;
END $$;

-- The dimensions under which a customer has contributions: one probe for each.
CREATE FUNCTION customer_dims(tenant text, series bigint, of_customer text)
RETURNS TABLE (dims text) LANGUAGE sql STABLE PARALLEL SAFE ROWS 10 AS $$
    WITH RECURSIVE found (dims) AS (
        SELECT min(t.dims) FROM tiles AS t
        WHERE t.tenant_id = tenant AND t.series_id = series AND t.customer = of_customer
        UNION ALL
        SELECT (
            SELECT min(t.dims) FROM tiles AS t
            WHERE t.tenant_id = tenant AND t.series_id = series AND t.customer = of_customer AND t.dims > f.dims
        )
        FROM found AS f WHERE f.dims IS NOT NULL
    )
    SELECT f.dims FROM found AS f WHERE f.dims IS NOT NULL
$$;

-- The windows of one customer, of the dimensions `dims_of`, of all where that is null. Planned as `window_values` is.
CREATE FUNCTION customer_windows(
    tenant text, series bigint, of_customer text, dims_of text[], days integer, at bigint
) RETURNS TABLE (dims text, n bigint, numbers bigint, total numeric, low numeric, high numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    SELECT k.dims, s.n, s.numbers, s.total, s.low, s.high
    FROM unnest(coalesce(dims_of, ARRAY(SELECT c.dims FROM customer_dims(tenant, series, of_customer) AS c))) AS k (dims)
    CROSS JOIN LATERAL window_sums(tenant, series, of_customer, k.dims, days, at) AS s;
END $$;

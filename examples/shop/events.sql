-- Fills the largest table. It needs nothing of seed.sql but the schema, so that the two can run side by side.

SET TimeZone = 'UTC';

INSERT INTO events (id, uuid, type, subject_type, subject_id, actor_id, payload, duration_ms, occurred_at)
SELECT i,
  md5('event ' || i)::uuid,
  (ARRAY['viewed','viewed','viewed','updated','updated','created','approved','paid','shipped','deleted'])[1 + pick(i, 1, 10)],
  (ARRAY['Order','Order','Request','Proposal','Invoice','Ware','PurchaseOrder','User'])[1 + pick(i, 2, 8)],
  1 + pick(i, 3, 20000),
  CASE WHEN pick(i, 4, 8) > 0 THEN 1 + pick(i, 5, 20000) END,
  CASE pick(i, 6, 5)
    WHEN 0 THEN ('{"changes": {"state": ["open", "' || (ARRAY['closed','approved','expired'])[1 + pick(i, 7, 3)] || '"]}, "via": "api"}')::jsonb
    WHEN 1 THEN ('{"total": ' || round(pick(i, 8, 1000000) / 100.0, 2) || ', "currency": "EUR"}')::jsonb
    WHEN 2 THEN '{"via": "web"}'::jsonb
  END,
  CASE WHEN pick(i, 9, 3) > 0 THEN pick(i, 10, 5000) END,
  timestamptz '2023-01-01 00:00+00' + (i * 94 + pick(i, 11, 90)) * interval '1.000001 second'
FROM generate_series(1, 1000000) AS i;

ALTER TABLE events ADD PRIMARY KEY (id);
CREATE INDEX events_subject ON events (subject_type, subject_id);

SET default_statistics_target = 30;
VACUUM (ANALYZE) events;

drop table if exists documents;
create unlogged table documents as
select gen_random_uuid() id,
 timestamptz '2024-01-01 00:00:00+00' + random() * interval '300 days' received,
 (1 + floor(random() * 1e12))::numeric / 10 ^ (i % 6) amount,
 array(select (array['new','paid','late','refunded','gift','export','priority','fragile'])[1 + floor(random() * 8)] from generate_series(0, i % 5)) tags,
 jsonb_build_object(
  'id', i,
  'customer', jsonb_build_object('name', 'Customer ' || i % 5000, 'mail', md5(i::text) || '@example.com', 'since', '2019-04-0' || 1 + i % 9, 'active', i % 3 > 0, 'phone', null),
  'address', jsonb_build_object('street', i % 900 || ' Ocean View Ærøvej', 'city', (array['Aarhus','Berlin','Kyōto','Lima'])[1 + i % 4], 'zip', 10000 + i % 9000),
  'items', (select jsonb_agg(jsonb_build_object('sku', substr(md5(i || '-' || k), 1, 12), 'quantity', 1 + (i + k) % 9, 'price', (i * 31 + k * 977) % 100000 / 100.0,
    'title', substr('carefully final requests are quickly regular deposits furiously ironic packages sleep blithely after the slyly express', 1 + (i * 7 + k) % 40, 30 + (i + k) % 33)))
    from generate_series(1, 12) k),
  'notes', repeat('Left at the door. ', i % 9)) body
from generate_series(1, 200000) i;
vacuum analyze documents;

-- Fills every table but events (see events.sql). Each value follows from its row's number by pick(): no random(), no now().

SET TimeZone = 'UTC';

INSERT INTO currencies (code, name, symbol, minor_digits, rate_to_eur, updated_at) VALUES
  ('EUR', 'Euro', '€', 2, 1, '2025-12-31 17:00+00'),
  ('USD', 'US dollar', '$', 2, 0.862113, '2025-12-31 17:00+00'),
  ('GBP', 'Pound sterling', '£', 2, 1.148902, '2025-12-31 17:00+00'),
  ('CHF', 'Swiss franc', NULL, 2, 1.071455, '2025-12-31 17:00+00'),
  ('PLN', 'Złoty', 'zł', 2, 0.236418, '2025-12-31 17:00+00'),
  ('SEK', 'Swedish krona', 'kr', 2, 0.091207, '2025-12-31 17:00+00'),
  ('DKK', 'Danish krone', 'kr', 2, 0.133899, '2025-12-31 17:00+00'),
  ('CZK', 'Czech koruna', 'Kč', 2, 0.041190, '2025-12-31 17:00+00'),
  ('JPY', 'Yen', '¥', 0, 0.005603, NULL),
  ('KWD', 'Kuwaiti dinar', NULL, 3, 2.809950, NULL);

INSERT INTO taxes (id, country, type, name, rate, valid_from, valid_to)
SELECT i,
  (ARRAY['DE','FR','ES','IT','PL','SE','DK','CZ','NL','GB'])[1 + (i - 1) / 4],
  (ARRAY['standard','reduced','zero','reverse_charge'])[1 + (i - 1) % 4],
  CASE (i - 1) % 4 WHEN 0 THEN 'VAT' WHEN 1 THEN 'VAT, reduced' WHEN 2 THEN 'VAT free' END,
  CASE (i - 1) % 4 WHEN 0 THEN 0.19 + pick(i, 1, 7) / 100.0 WHEN 1 THEN 0.05 + pick(i, 2, 50) / 1000.0 ELSE 0 END,
  date '2020-01-01' + pick(i, 3, 900),
  CASE WHEN pick(i, 4, 10) = 0 THEN date '2025-06-30' END
FROM generate_series(1, 40) AS i;

-- The first 40 are roots; every other hangs below one of about a third of its number: four levels under a root.
INSERT INTO organizations (id, parent_id, uuid, name, type, country, "externalRef", credit_limit, settings, tags, logo, created_at, deleted_at)
SELECT i,
  CASE WHEN i > 40 THEN (i - 1) / 3 - pick(i, 1, 5) END,
  md5('organization ' || i)::uuid,
  (ARRAY['Nord','Alpen','Rhein','Iber','Vistula','Baltic','Lumen','Atlas','Ferro','Terra'])[1 + pick(i, 2, 10)]
    || (ARRAY['werk',' Logistics',' & Fils',' Group','tech',' Foods',' Hospitals',' Hotels',' Rail',' Østersø'])[1 + pick(i, 3, 10)] || ' ' || i,
  CASE WHEN i <= 40 THEN 'group' WHEN pick(i, 4, 3) = 0 THEN 'department' ELSE 'company' END,
  (ARRAY['DE','FR','ES','IT','PL','SE','DK','CZ','NL','GB'])[1 + pick(i, 5, 10)],
  CASE WHEN pick(i, 6, 3) > 0 THEN 'C-' || lpad((pick(i, 7, 1000000))::text, 6, '0') END,
  CASE WHEN pick(i, 8, 4) > 0 THEN pick(i, 9, 2000) * 500.00 END,
  CASE WHEN pick(i, 10, 5) > 0 THEN jsonb_build_object('approval', pick(i, 11, 3), 'budget', round(pick(i, 12, 100000) / 100.0, 2), 'modules', jsonb_build_array('orders', 'invoices')) END,
  CASE pick(i, 13, 4) WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN ARRAY['key account'] ELSE ARRAY['trial', NULL, 'eu, vat'] END,
  CASE WHEN i <= 40 THEN decode(md5('logo ' || i) || md5('logo, too ' || i), 'hex') END,
  timestamptz '2021-01-01 00:00+00' + (i * 61000 + pick(i, 14, 50000)) * interval '1 second',
  CASE WHEN pick(i, 15, 30) = 0 THEN timestamptz '2025-03-01 00:00+00' + pick(i, 16, 20000000) * interval '1 second' END
FROM generate_series(1, 2000) AS i;

INSERT INTO users (id, organization_id, email, name, locale, roles, is_admin, password_digest, preferences, quiet_from, last_ip, last_login_at, created_at)
SELECT i,
  CASE WHEN pick(i, 1, 50) > 0 THEN 1 + pick(i, 2, 2000) END,
  'user' || i || '@example.com',
  CASE WHEN pick(i, 3, 20) > 0 THEN
    (ARRAY['Ada','Björn','Chloé','Dmitri','Élise','Farid','Grace','Håkan','Ines','José','Kaja','Łukasz'])[1 + pick(i, 4, 12)] || ' '
    || (ARRAY['Novak','Weiß','García','O''Neill','Lindqvist','Rossi','Dubois','Kowalska','van Dijk','Smith'])[1 + pick(i, 5, 10)] END,
  (ARRAY['de','fr','es','en-GB','pl','sv'])[1 + pick(i, 6, 6)],
  CASE pick(i, 7, 4) WHEN 0 THEN ARRAY['buyer','approver'] WHEN 1 THEN ARRAY['buyer'] WHEN 2 THEN ARRAY['accountant'] ELSE '{}' END,
  CASE WHEN pick(i, 8, 10) > 0 THEN pick(i, 9, 25) = 0 END,
  decode(md5('password ' || i), 'hex'),
  CASE WHEN pick(i, 10, 3) > 0 THEN ('{"theme": "' || (ARRAY['dark','light'])[1 + pick(i, 11, 2)] || '", "page_size": ' || 10 * (1 + pick(i, 12, 10)) || '}')::jsonb END,
  CASE WHEN pick(i, 13, 4) = 0 THEN time '18:00' + pick(i, 14, 20000) * interval '1 second' END,
  CASE WHEN pick(i, 15, 5) > 0 THEN inet '10.0.0.0' + pick(i, 16, 16777216) END,
  CASE WHEN pick(i, 17, 6) > 0 THEN timestamptz '2025-01-01 00:00+00' + pick(i, 18, 31536000) * interval '1.000001 second' END,
  timestamptz '2022-01-01 00:00+00' + (i * 6000 + pick(i, 19, 5000)) * interval '1 second'
FROM generate_series(1, 20000) AS i;

INSERT INTO providers (id, uuid, name, type, country, rating, risk, certifications, address, active, onboarded_on)
SELECT i,
  md5('provider ' || i)::uuid,
  (ARRAY['Steel','Paper','Chem','Office','Food','Medi','Pack','Tool'])[1 + pick(i, 1, 8)] || (ARRAY[' GmbH',' S.A.',' Sp. z o.o.',' AB',' Ltd'])[1 + pick(i, 2, 5)] || ' ' || i,
  (ARRAY['manufacturer','wholesaler','service'])[1 + pick(i, 3, 3)],
  (ARRAY['DE','FR','ES','IT','PL','SE','DK','CZ','NL','GB'])[1 + pick(i, 4, 10)],
  CASE WHEN pick(i, 5, 8) > 0 THEN pick(i, 6, 51) / 10.0 END,
  CASE WHEN pick(i, 7, 8) > 0 THEN pick(i, 8, 1000000) / 1000000.0 END,
  CASE pick(i, 9, 3) WHEN 0 THEN ARRAY['ISO 9001','ISO 14001'] WHEN 1 THEN ARRAY['ISO 9001'] END,
  ('{"city": "' || (ARRAY['Köln','Lyon','Málaga','Łódź','Malmö'])[1 + pick(i, 10, 5)] || '",  "zip": "' || lpad(pick(i, 11, 100000)::text, 5, '0') || '"}')::json,
  CASE WHEN pick(i, 12, 12) > 0 THEN pick(i, 13, 9) > 0 END,
  date '2019-01-01' + pick(i, 14, 2500)
FROM generate_series(1, 1500) AS i;

INSERT INTO wares (id, provider_id, sku, name, description, type, price, currency, tax_id, weight_kg, dimensions_mm, attributes, barcode, discontinued_at)
SELECT i,
  1 + pick(i, 1, 1500),
  'SKU-' || lpad(to_hex(pick(i, 2, 16777216)), 6, '0') || '-' || i,
  (ARRAY['Bolt','Toner','Gloves','Coffee','Cable','Filter','Valve','Desk','Lamp','Paint'])[1 + pick(i, 3, 10)] || ' ' || (ARRAY['M8','XL','500 g','2 m','Pro','eco'])[1 + pick(i, 4, 6)],
  CASE WHEN pick(i, 5, 4) > 0 THEN repeat((ARRAY['Durable and tested. ','Sold in boxes. ','Für den Innenbereich. ','Sans solvant. '])[1 + pick(i, 6, 4)], 1 + pick(i, 7, 6)) END,
  (ARRAY['product','product','product','service','subscription'])[1 + pick(i, 8, 5)],
  CASE WHEN pick(i, 9, 60) > 0 THEN (1 + pick(i, 10, 400000)) / 100.0 END,
  (ARRAY['EUR','EUR','EUR','USD','GBP','CHF','PLN','SEK','DKK','CZK'])[1 + pick(i, 11, 10)],
  1 + pick(i, 12, 40),
  CASE pick(i, 13, 5) WHEN 0 THEN NULL WHEN 1 THEN pick(i, 14, 50) ELSE round(pick(i, 14, 5000000) / 10000.0, 4) END,
  CASE WHEN pick(i, 15, 3) > 0 THEN ARRAY[1 + pick(i, 16, 2000), 1 + pick(i, 17, 2000), 1 + pick(i, 18, 800)] END,
  ('{"color": "' || (ARRAY['black','blanc','grün','red'])[1 + pick(i, 19, 4)] || '", "hazard": ' || CASE WHEN pick(i, 20, 9) = 0 THEN 'true' ELSE 'null' END || ', "pack": ' || 1 + pick(i, 21, 100) || '}')::jsonb,
  4000000000000 + i * 7919::bigint,
  CASE WHEN pick(i, 22, 25) = 0 THEN timestamptz '2024-01-01 00:00+00' + pick(i, 23, 60000000) * interval '1 second' END
FROM generate_series(1, 40000) AS i;

INSERT INTO requests (id, uuid, organization_id, user_id, type, title, body, priority, labels, budget, currency, needed_by, created_at, updated_at)
SELECT i,
  md5('request ' || i)::uuid,
  1 + pick(i, 1, 2000),
  CASE WHEN pick(i, 2, 40) > 0 THEN 1 + pick(i, 3, 20000) END,
  (ARRAY['goods','service','project','framework'])[1 + pick(i, 4, 4)],
  (ARRAY['Refill','Replacement for','Quote:','Yearly','Urgent:'])[1 + pick(i, 5, 5)] || ' ' || (ARRAY['stationery','Büromöbel','machine parts','café','cleaning'])[1 + pick(i, 6, 5)],
  CASE WHEN pick(i, 7, 3) > 0 THEN repeat('Please quote for the location named below, delivery included. ', 1 + pick(i, 8, 4)) END,
  CASE WHEN pick(i, 9, 5) > 0 THEN pick(i, 10, 5) END,
  CASE pick(i, 11, 5) WHEN 0 THEN ARRAY['urgent'] WHEN 1 THEN ARRAY['capex','2025'] WHEN 2 THEN '{}' END,
  CASE WHEN pick(i, 12, 3) > 0 THEN pick(i, 13, 10000000) / 100.0 END,
  (ARRAY['EUR','EUR','EUR','USD','GBP','CHF','PLN','SEK','DKK','CZK'])[1 + pick(i, 14, 10)],
  CASE WHEN pick(i, 15, 4) > 0 THEN date '2023-01-15' + i / 92 + pick(i, 16, 60) END,
  timestamptz '2023-01-01 00:00+00' + (i * 940 + pick(i, 17, 900)) * interval '1 second',
  CASE WHEN pick(i, 18, 3) > 0 THEN timestamp '2023-01-02 00:00' + (i * 940 + pick(i, 19, 900000)) * interval '1.000001 second' END
FROM generate_series(1, 100000) AS i;

INSERT INTO proposals (id, request_id, provider_id, state, amount, discount, currency, terms, valid_until, created_at)
SELECT i,
  1 + pick(i, 1, 100000),
  1 + pick(i, 2, 1500),
  (ARRAY['open','accepted','rejected','expired'])[1 + pick(i, 3, 4)],
  CASE WHEN pick(i, 4, 30) > 0 THEN (1 + pick(i, 5, 5000000)) / 100.0 END,
  CASE WHEN pick(i, 6, 3) = 0 THEN pick(i, 7, 2500) / 100.0 ELSE 0 END,
  (ARRAY['EUR','EUR','EUR','USD','GBP','CHF','PLN','SEK','DKK','CZK'])[1 + pick(i, 8, 10)],
  CASE WHEN pick(i, 9, 2) = 0 THEN ('{"incoterm": "' || (ARRAY['EXW','DAP','DDP'])[1 + pick(i, 10, 3)] || '", "days": ' || 7 * (1 + pick(i, 11, 8)) || '}')::jsonb END,
  date '2023-02-01' + i / 110 + pick(i, 12, 30),
  timestamptz '2023-01-03 00:00+00' + (i * 780 + pick(i, 13, 700)) * interval '1 second'
FROM generate_series(1, 120000) AS i;

INSERT INTO orders (id, uuid, organization_id, user_id, proposal_id, state, "externalRef", ware_ids, quantities, total, currency, metadata, placed_at, closed_on)
SELECT i,
  md5('order ' || i)::uuid,
  1 + pick(i, 1, 2000),
  CASE WHEN pick(i, 2, 20) > 0 THEN 1 + pick(i, 3, 20000) END,
  CASE WHEN pick(i, 4, 2) = 0 THEN 1 + pick(i, 5, 120000) END,
  (ARRAY['draft','submitted','approved','shipped','closed','closed','closed','canceled']::order_state[])[1 + pick(i, 6, 8)],
  CASE WHEN pick(i, 7, 3) = 0 THEN 'PO/' || (2023 + i / 66667) || '/' || pick(i, 8, 100000) END,
  CASE pick(i, 9, 3) WHEN 0 THEN ARRAY[1 + pick(i, 10, 40000)]::bigint[] WHEN 1 THEN ARRAY[1 + pick(i, 10, 40000), 1 + pick(i, 11, 40000)]::bigint[]
    ELSE ARRAY[1 + pick(i, 10, 40000), 1 + pick(i, 11, 40000), 1 + pick(i, 12, 40000)]::bigint[] END,
  CASE pick(i, 9, 3) WHEN 0 THEN ARRAY[1 + pick(i, 13, 50)] WHEN 1 THEN ARRAY[1 + pick(i, 13, 50), NULL]
    ELSE ARRAY[1 + pick(i, 13, 50), 1 + pick(i, 14, 9), 1 + pick(i, 15, 200)] END,
  (100 + pick(i, 16, 3000000)) / 100.0,
  (ARRAY['EUR','EUR','EUR','EUR','USD','GBP','CHF','PLN','SEK','JPY'])[1 + pick(i, 17, 10)],
  CASE WHEN pick(i, 18, 3) > 0 THEN ('{"source": "' || (ARRAY['web','api','punchout','mail'])[1 + pick(i, 19, 4)] || '", "cost_center": ' || pick(i, 20, 900) || ', "flags": []}')::jsonb END,
  timestamptz '2023-01-02 00:00+00' + (i * 470 + pick(i, 21, 460)) * interval '1 second',
  CASE WHEN pick(i, 22, 3) > 0 THEN date '2023-01-12' + i / 184 + pick(i, 23, 40) END
FROM generate_series(1, 200000) AS i;

INSERT INTO purchase_orders (id, order_id, provider_id, type, number, amount, currency, exchange_rate, lines, confirmed_at, expected_on)
SELECT i,
  2 * i + pick(i, 1, 2),
  1 + pick(i, 2, 1500),
  (ARRAY['standard','drop_ship','blanket'])[1 + pick(i, 3, 3)],
  'PO' || lpad(i::text, 8, '0'),
  (100 + pick(i, 4, 2000000)) / 100.0,
  (ARRAY['EUR','EUR','USD','GBP','CHF','PLN'])[1 + pick(i, 5, 6)],
  CASE WHEN pick(i, 6, 2) = 0 THEN round((800000 + pick(i, 7, 500000)) / 1000000.0, 6) END,
  ('[{"ware": ' || 1 + pick(i, 8, 40000) || ', "quantity": ' || 1 + pick(i, 9, 40) || ', "price": ' || round((1 + pick(i, 10, 90000)) / 100.0, 2) || '}]')::jsonb,
  CASE WHEN pick(i, 11, 5) > 0 THEN timestamptz '2023-01-04 00:00+00' + (i * 1170 + pick(i, 12, 90000)) * interval '1 second' END,
  CASE WHEN pick(i, 13, 5) > 0 THEN date '2023-01-20' + i / 74 + pick(i, 14, 30) END
FROM generate_series(1, 80000) AS i;

-- Three of four are for an order, the others for a purchase order.
INSERT INTO invoices (id, number, subject_type, subject_id, organization_id, tax_id, currency, amount, tax_amount, issued_on, due_on, paid_at)
SELECT i,
  'R' || (2023 + i / 60001) || '-' || lpad(i::text, 7, '0'),
  CASE WHEN i % 4 > 0 THEN 'Order' ELSE 'PurchaseOrder' END,
  CASE WHEN i % 4 > 0 THEN 1 + pick(i, 1, 200000) ELSE 1 + pick(i, 1, 80000) END,
  1 + pick(i, 2, 2000),
  1 + pick(i, 3, 40),
  (ARRAY['EUR','EUR','EUR','EUR','USD','GBP','CHF','PLN','SEK','JPY'])[1 + pick(i, 4, 10)],
  (100 + pick(i, 5, 2500000)) / 100.0,
  CASE WHEN pick(i, 6, 9) > 0 THEN pick(i, 7, 400000) / 100.0 END,
  date '2023-01-05' + i / 166 + pick(i, 8, 5),
  CASE WHEN pick(i, 9, 20) > 0 THEN date '2023-02-04' + i / 166 + pick(i, 8, 5) END,
  CASE WHEN pick(i, 10, 7) > 0 THEN timestamptz '2023-01-15 00:00+00' + (i * 520 + pick(i, 11, 3000000)) * interval '1 second' END
FROM generate_series(1, 180000) AS i;

INSERT INTO shippings (id, order_id, type, carrier, tracking, weight_kg, address, signature, shipped_at, delivered_at)
SELECT i,
  1 + pick(i, 1, 200000),
  (ARRAY['parcel','pallet','courier','pickup'])[1 + pick(i, 2, 4)],
  CASE WHEN pick(i, 3, 10) > 0 THEN (ARRAY['DHL','GLS','InPost','PostNord','La Poste'])[1 + pick(i, 4, 5)] END,
  CASE WHEN pick(i, 5, 4) > 0 THEN md5('tracking ' || i)::uuid END,
  CASE WHEN pick(i, 6, 6) > 0 THEN round(pick(i, 7, 3000000) / 1000.0, 3) END,
  ('{"zip": "' || lpad(pick(i, 8, 100000)::text, 5, '0') || '", "city": "' || (ARRAY['Köln','Lyon','Málaga','Łódź','Malmö','Bath'])[1 + pick(i, 9, 6)] || '", "floor": ' || CASE WHEN pick(i, 10, 2) = 0 THEN 'null' ELSE '2' END || '}')::jsonb,
  CASE WHEN pick(i, 11, 10) = 0 THEN decode(md5('signature ' || i), 'hex') END,
  timestamptz '2023-01-06 00:00+00' + (i * 625 + pick(i, 12, 600)) * interval '1 second',
  CASE WHEN pick(i, 13, 8) > 0 THEN timestamptz '2023-01-08 00:00+00' + (i * 625 + pick(i, 14, 600000)) * interval '1.000001 second' END
FROM generate_series(1, 150000) AS i;

INSERT INTO milestones (id, owner_type, owner_id, name, position, progress, due_on, reached_at)
SELECT i,
  (ARRAY['Request','Order','PurchaseOrder'])[1 + pick(i, 1, 3)],
  1 + pick(i, 2, 80000),
  (ARRAY['Kick-off','Budget approved','First delivery','Acceptance','Fin de garantie'])[1 + i % 5],
  i % 5,
  CASE WHEN pick(i, 3, 5) > 0 THEN pick(i, 4, 101) / 100.0 END,
  CASE WHEN pick(i, 5, 6) > 0 THEN date '2023-02-01' + i / 55 + pick(i, 6, 90) END,
  CASE WHEN pick(i, 7, 2) = 0 THEN timestamptz '2023-02-01 00:00+00' + (i * 1560 + pick(i, 8, 1500)) * interval '1 second' END
FROM generate_series(1, 60000) AS i;

INSERT INTO notes (id, notable_type, notable_id, author_id, body, mentions, pinned, created_at)
SELECT i,
  (ARRAY['Order','Request','Provider','Invoice','Organization'])[1 + pick(i, 1, 5)],
  1 + pick(i, 2, 1500),
  CASE WHEN pick(i, 3, 15) > 0 THEN 1 + pick(i, 4, 20000) END,
  (ARRAY['Called them, no answer.','Bitte prüfen!','Livraison retardée; le client est prévenu.',E'Two issues:\n1. wrong size\n2. "late"','👍 approved',''])[1 + pick(i, 5, 6)]
    || CASE WHEN pick(i, 6, 3) = 0 THEN ' Ref. ' || md5('note ' || i) ELSE '' END,
  CASE pick(i, 7, 6) WHEN 0 THEN ARRAY[1 + pick(i, 8, 20000), 1 + pick(i, 9, 20000)] WHEN 1 THEN ARRAY[1 + pick(i, 8, 20000)] WHEN 2 THEN '{}' END,
  CASE WHEN pick(i, 10, 4) > 0 THEN pick(i, 11, 30) = 0 END,
  timestamptz '2023-01-02 08:00+00' + (i * 625 + pick(i, 12, 600)) * interval '1 second'
FROM generate_series(1, 150000) AS i;

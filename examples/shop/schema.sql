-- The sample shop: a procurement product's database, with what such databases have: a tree of organizations, polymorphic
-- references (subject_type, subject_id), jsonb, arrays, enums, domains, money as numeric(15,2), columns that may be null
-- nearly everywhere, a column called "type" and one in mixed case. Keys and indexes follow the load: see keys.sql.
-- PostgreSQL 12 and newer.

-- The seed's die: from 0 to n - 1, the same for the same i and salt on every server and in every run. Hash partitioning
-- stores rows by hashint8extended, so no major may change it.
CREATE FUNCTION pick(i bigint, salt integer, n integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS 'SELECT ((hashint8extended(i, salt) & 9223372036854775807) % n)::integer';

CREATE TYPE order_state AS ENUM ('draft', 'submitted', 'approved', 'shipped', 'closed', 'canceled');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%_@_%');
CREATE DOMAIN amount AS numeric(15,2);

CREATE TABLE currencies (
  code          char(3) NOT NULL,
  name          text NOT NULL,
  symbol        text,
  minor_digits  smallint,
  rate_to_eur   numeric(12,6) NOT NULL,
  updated_at    timestamptz
);

CREATE TABLE taxes (
  id          integer NOT NULL,
  country     char(2),
  type        text,
  name        varchar(40),
  rate        numeric(6,4),
  valid_from  date,
  valid_to    date
);

CREATE TABLE organizations (
  id             bigint NOT NULL,
  parent_id      bigint,
  uuid           uuid,
  name           text,
  type           text,
  country        char(2),
  "externalRef"  text,
  credit_limit   amount,
  settings       jsonb,
  tags           text[],
  logo           bytea,
  created_at     timestamptz,
  deleted_at     timestamptz
);

CREATE TABLE users (
  id               bigint NOT NULL,
  organization_id  bigint,
  email            email,
  name             text,
  locale           varchar(8),
  roles            text[],
  is_admin         boolean,
  password_digest  bytea,
  preferences      jsonb,
  quiet_from       time,
  last_ip          inet,
  last_login_at    timestamptz,
  created_at       timestamptz
);

CREATE TABLE providers (
  id              bigint NOT NULL,
  uuid            uuid,
  name            text,
  type            text,
  country         char(2),
  rating          real,
  risk            double precision,
  certifications  text[],
  address         json,
  active          boolean,
  onboarded_on    date
);

CREATE TABLE wares (
  id               bigint NOT NULL,
  provider_id      bigint,
  sku              varchar(32),
  name             text,
  description      text,
  type             text,
  price            numeric(15,2),
  currency         char(3),
  tax_id           integer,
  weight_kg        numeric,
  dimensions_mm    integer[],
  attributes       jsonb,
  barcode          bigint,
  discontinued_at  timestamptz
);

CREATE TABLE requests (
  id               bigint NOT NULL,
  uuid             uuid,
  organization_id  bigint,
  user_id          bigint,
  type             text,
  title            text,
  body             text,
  priority         smallint,
  labels           text[],
  budget           numeric(15,2),
  currency         char(3),
  needed_by        date,
  created_at       timestamptz,
  updated_at       timestamp
);

CREATE TABLE proposals (
  id           bigint NOT NULL,
  request_id   bigint,
  provider_id  bigint,
  state        text,
  amount       numeric(15,2),
  discount     numeric(5,2),
  net_amount   numeric(15,2) GENERATED ALWAYS AS (amount - round(amount * discount / 100, 2)) STORED,
  currency     char(3),
  terms        jsonb,
  valid_until  date,
  created_at   timestamptz
);

CREATE TABLE orders (
  id               bigint NOT NULL,
  uuid             uuid,
  organization_id  bigint,
  user_id          bigint,
  proposal_id      bigint,
  state            order_state,
  "externalRef"    text,
  ware_ids         bigint[],
  quantities       integer[],
  total            numeric(15,2),
  currency         char(3),
  metadata         jsonb,
  placed_at        timestamptz,
  closed_on        date
);

CREATE TABLE purchase_orders (
  id             bigint NOT NULL,
  order_id       bigint,
  provider_id    bigint,
  type           text,
  number         varchar(20),
  amount         numeric(15,2),
  currency       char(3),
  exchange_rate  numeric,
  lines          jsonb,
  confirmed_at   timestamptz,
  expected_on    date
);

CREATE TABLE invoices (
  id               bigint NOT NULL,
  number           varchar(20),
  subject_type     text,
  subject_id       bigint,
  organization_id  bigint,
  tax_id           integer,
  currency         char(3),
  amount           numeric(15,2),
  tax_amount       numeric(15,2),
  gross_amount     numeric(15,2) GENERATED ALWAYS AS (amount + tax_amount) STORED,
  issued_on        date,
  due_on           date,
  paid_at          timestamptz
);

CREATE TABLE shippings (
  id            bigint NOT NULL,
  order_id      bigint,
  type          text,
  carrier       text,
  tracking      uuid,
  weight_kg     numeric,
  address       jsonb,
  signature     bytea,
  shipped_at    timestamptz,
  delivered_at  timestamptz
);

CREATE TABLE milestones (
  id          bigint NOT NULL,
  owner_type  text,
  owner_id    bigint,
  name        text,
  position    smallint,
  progress    real,
  due_on      date,
  reached_at  timestamptz
);

CREATE TABLE notes (
  id            bigint NOT NULL,
  notable_type  text,
  notable_id    bigint,
  author_id     bigint,
  body          text,
  mentions      integer[],
  pinned        boolean,
  created_at    timestamptz
);

CREATE TABLE events (
  id            bigint NOT NULL,
  uuid          uuid,
  type          text,
  subject_type  text,
  subject_id    bigint,
  actor_id      bigint,
  payload       jsonb,
  duration_ms   integer,
  occurred_at   timestamptz
);

COMMENT ON TABLE organizations IS 'Customers, as a tree: a group, its companies, their departments.';
COMMENT ON TABLE requests IS 'What somebody needs, before anybody has priced it.';
COMMENT ON TABLE proposals IS 'A provider''s price for a request.';
COMMENT ON TABLE orders IS 'What a customer bought.';
COMMENT ON TABLE purchase_orders IS 'What we bought from a provider to fill an order.';
COMMENT ON TABLE invoices IS 'Outgoing, for an Order or a PurchaseOrder.';
COMMENT ON TABLE events IS 'What happened to anything; the application only ever appends.';
COMMENT ON COLUMN currencies.rate_to_eur IS 'Euros for one unit.';
COMMENT ON COLUMN organizations.parent_id IS 'Null for a root.';
COMMENT ON COLUMN organizations."externalRef" IS 'The customer''s own number for it.';
COMMENT ON COLUMN orders.quantities IS 'How many of each of ware_ids, in the same order.';
COMMENT ON COLUMN invoices.subject_type IS 'Order or PurchaseOrder; subject_id is its id.';
COMMENT ON COLUMN wares.weight_kg IS 'As the provider states it: any number of digits.';

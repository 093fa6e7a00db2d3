import type { Migration } from './migration.ts';

/**
 * The register as a list of decisions that only grows: one row each, none overwritten. Beside it the credits a shop
 * carries, and what an operator decided: runs cancelled, issuing paused.
 */
export const decisions: Migration = {
  name: '0005-decisions',
  sql: `
alter table bill_register
  drop constraint bill_register_pkey,
  add kind text not null default 'bill',
  add current boolean not null default true,
  add total_minor bigint,
  add bill_id text collate "C",
  add invoice_id text collate "C",
  add credit_note_id text collate "C",
  add issued_number text,
  add currency text;
update bill_register set issued_number = invoice_number where invoice_number is not null;
alter table bill_register
  alter kind drop default,
  alter current drop default,
  add primary key (shop_id, shop_sequence);
drop index bill_register_one_head;
drop index bill_register_numbers;
-- A row is in one of these two: what stands of a (run, shop), and what stood before.
create unique index bill_register_current on bill_register (run_id, shop_id) where current;
create index bill_register_superseded on bill_register (run_id, shop_id) where not current;
-- Of invoices and of credit notes, whose series differ by their prefix.
create unique index bill_register_issued on bill_register (issued_number) where issued_number is not null;

-- What a bill below zero left for the shop's next bills.
create table shop_credits (
  amount_minor bigint not null check (amount_minor > 0),
  used_minor bigint not null default 0,
  shop_sequence int not null,
  shop_id text collate "C" not null,
  bill_id text collate "C" not null,
  currency text not null,
  primary key (shop_id, bill_id),
  constraint shop_credits_used_within check (used_minor between 0 and amount_minor)
);
create index shop_credits_open on shop_credits (shop_id) where used_minor < amount_minor;

alter table billing_runs
  add cancelled_at_ms bigint,
  add cancel_reason text,
  add cancel_actor text;

create table issuing_control (
  only_row boolean primary key default true check (only_row),
  paused boolean not null,
  revision int not null,
  changed_at_ms bigint,
  reason text,
  actor text
);
insert into issuing_control (paused, revision) values (false, 0);
`,
};

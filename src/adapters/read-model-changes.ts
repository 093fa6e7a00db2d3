/**
 * How the tables of the read models changed since they were first made. A change that has landed is never edited: a
 * migration applies it to the tables in use, and a rebuild makes its tables from the first shape and all changes.
 */
import { createReadModelTables } from './read-model-tables.ts';

type Change = (schema: string) => string;

/**
 * What became of dead letters and held bills, and credit notes. Nothing of the kind was on any log before, so nothing
 * needs to be folded again. A decision about a hold may be seen before the bill: then its columns are null.
 */
export const actionsChange: Change = (schema) => `
alter table ${schema}.dead_letters
  add column settled_at_ms bigint,
  add column redrive_count int,
  add column event_id text,
  add column settled_as text,
  add column settled_reason text,
  add column settled_actor text;
create index dead_letters_by_origin on ${schema}.dead_letters (original_topic, original_partition, original_offset)
  where original_topic is not null;
create index dead_letters_by_event on ${schema}.dead_letters (event_id) where event_id is not null;

alter table ${schema}.held_bills
  alter column total_minor drop not null,
  alter column held_at_ms drop not null,
  alter column currency_exponent drop not null,
  alter column shop_domain drop not null,
  alter column currency drop not null,
  alter column fraud_codes drop not null,
  alter column period drop not null,
  add column decided_at_ms bigint,
  add column decided_as text,
  add column decided_reason text,
  add column decided_actor text;
create index held_bills_open on ${schema}.held_bills (shop_id, run_id)
  where decided_as is null and held_at_ms is not null;
create index held_bills_by_bill on ${schema}.held_bills (bill_id);

create table ${schema}.credit_notes (
  amount_minor bigint not null,
  issued_at_ms bigint not null,
  credit_note_id text collate "C" primary key,
  invoice_id text collate "C" not null,
  credit_note_number text collate "C" not null,
  reason text not null,
  actor text,
  request_id text
);
create index credit_notes_of_invoice on ${schema}.credit_notes (invoice_id, credit_note_number);
`;

const CHANGES: readonly Change[] = [actionsChange];

/** The tables as they are now. @param schema an SQL identifier, trusted */
export function createCurrentReadModelTables(schema: string): string {
  return [createReadModelTables, ...CHANGES].map((part) => part(schema)).join('\n');
}

import type { Migration } from './migration.ts';

/** Which request cancelled a run, and every change of issuing until its event is on the log. */
export const runControl: Migration = {
  name: '0006-run-control',
  sql: `
alter table billing_runs add cancel_request text;

create table issuing_changes (
  changed_at_ms bigint not null,
  revision int primary key,
  paused boolean not null,
  announced boolean not null default false,
  reason text not null,
  actor text
);
create index issuing_changes_unannounced on issuing_changes (revision) where not announced;
`,
};

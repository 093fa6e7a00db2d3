import { createReadModelTables, READ_MODELS_SCHEMA } from '../read-model-tables.ts';
import type { Migration } from './migration.ts';

/** The read models, and the completions of runs, which are not one: what was announced stays announced. */
export const readModels: Migration = {
  name: '0004-read-models',
  sql: `
${createReadModelTables(READ_MODELS_SCHEMA)}

-- Without a source it was only seen on the log, not made here. record_* are the bytes to publish.
create table run_completions (
  source_offset bigint,
  revision int not null,
  source_partition int,
  seen boolean not null,
  run_id text collate "C" not null,
  source_topic text collate "C",
  record_key text,
  completed json not null,
  record_headers json,
  record_value bytea,
  primary key (run_id, revision)
);
create index run_completions_unseen on run_completions (source_topic, source_partition, source_offset)
  where not seen and source_topic is not null;
`,
};

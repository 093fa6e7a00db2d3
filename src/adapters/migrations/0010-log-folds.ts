import type { Migration } from './migration.ts';

/** How far the log was compared with what is recorded here: with the register, and with the runs. */
export const logFolds: Migration = {
  name: '0010-log-folds',
  sql: `
create table log_folds (
  topic text collate "C" not null,
  partition int not null,
  next_offset bigint not null,
  primary key (topic, partition)
);
`,
};

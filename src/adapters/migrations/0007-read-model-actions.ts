import { actionsChange } from '../read-model-changes.ts';
import { READ_MODELS_SCHEMA } from '../read-model-tables.ts';
import type { Migration } from './migration.ts';

/** What became of dead letters and held bills, and credit notes. */
export const readModelActions: Migration = {
  name: '0007-read-model-actions',
  sql: actionsChange(READ_MODELS_SCHEMA),
};

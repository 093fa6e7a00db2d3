/** All steps of the database in their order: one file each. */
import { ledger } from './0001-ledger.ts';
import { register } from './0002-register.ts';
import { runs } from './0003-runs.ts';
import { readModels } from './0004-read-models.ts';
import { decisions } from './0005-decisions.ts';
import { runControl } from './0006-run-control.ts';
import { readModelActions } from './0007-read-model-actions.ts';
import { touches } from './0008-touches.ts';
import { visitors } from './0009-visitors.ts';
import { logFolds } from './0010-log-folds.ts';
import { touchesOfVisitors } from './0012-touches-of-visitors.ts';
import { usageMonths } from './0013-usage-months.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [
  ledger,
  register,
  runs,
  readModels,
  decisions,
  runControl,
  readModelActions,
  touches,
  visitors,
  logFolds,
  touchesOfVisitors,
  usageMonths,
];

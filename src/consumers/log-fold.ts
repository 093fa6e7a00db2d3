/**
 * Keeps what is recorded in step with the log: before anything is read or recorded through `register`, `runs` or
 * `marks`, the log is folded, once, and again whenever another server may stand behind the database. See
 * docs/decisions/0008.
 */
import type { Clock } from '../adapters/clock.ts';
import type { LogFolds } from '../adapters/log-folds.ts';
import { FoldFirst, type Register } from '../adapters/register.ts';
import type { PublicationMarks } from '../adapters/publication-marks.ts';
import type { Runs } from '../adapters/runs.ts';
import { foldRegister, type FoldRegisterDependencies } from './fold-register.ts';
import { foldRuns, type FoldRunsDependencies } from './fold-runs.ts';

export interface LogFoldDependencies
  extends
    Omit<FoldRegisterDependencies, 'group' | 'register' | 'marks'>,
    Omit<FoldRunsDependencies, 'group' | 'runs' | 'marks'> {
  readonly register: Register;
  readonly runs: Runs;
  readonly marks: PublicationMarks;
  readonly clock: Clock;
  /** Consumer groups of those who bill and who plan. */
  readonly groups: { readonly biller: string; readonly planner: string };
}

export interface LogFold {
  /** Resolves when everything the log told at the time of the call is recorded. Cheap when it is known to be. */
  ensure(): Promise<void>;
  /** When a fold last got on, epoch milliseconds; null: never. One of a long log gives this sign of life only. */
  lastStepAt(): number | null;
  readonly register: Register;
  readonly runs: Runs;
  /** What was published is known before anybody asks how far; groups that fold nothing are not made to wait. */
  readonly marks: PublicationMarks;
}

/** How often recording may find that a connection was opened meanwhile, before the batch is tried from the start. */
const MAX_FOLDS = 5;

export function createLogFold(dependencies: LogFoldDependencies): LogFold {
  const { register, runs, marks, groups, clock } = dependencies;
  let lastStepAt: number | null = null;
  const folds: LogFolds = {
    ...dependencies.folds,
    move: async (positions) => {
      await dependencies.folds.move(positions);
      lastStepAt = clock.now();
    },
  };
  /** The generation of the register that was compared with the log; null before the first time. */
  let foldedThrough: number | null = null;
  let running: Promise<void> | null = null;

  async function fold(): Promise<void> {
    const positions = await folds.positions();
    const generation = register.generation();
    await foldRuns({ ...dependencies, folds, group: groups.planner }, positions);
    await foldRegister({ ...dependencies, folds, group: groups.biller }, positions);
    foldedThrough = generation;
  }

  /** Those who come while a fold is running share it: whoever needs a newer one finds the generation grown. */
  async function ensure(): Promise<void> {
    while (foldedThrough === null || foldedThrough < register.generation()) {
      running ??= fold().finally(() => (running = null));
      await running;
    }
  }

  return {
    ensure,
    lastStepAt: () => lastStepAt,
    register: {
      ...register,
      load: async (keys) => {
        await ensure();
        return register.load(keys);
      },
      loadBills: async (keys) => {
        await ensure();
        return register.loadBills(keys);
      },
      async record(decisions, decidedAt = Infinity) {
        for (let attempt = 1; ; attempt += 1) {
          await ensure();
          // Decided on another server's facts: to be decided again.
          if (register.generation() > decidedAt) return decisions.map(() => null);
          try {
            return await register.record(decisions, Math.min(foldedThrough!, decidedAt));
          } catch (error) {
            if (!(error instanceof FoldFirst) || attempt === MAX_FOLDS) throw error;
          }
        }
      },
    },
    runs: {
      ...runs,
      find: async (runId) => {
        await ensure();
        return runs.find(runId);
      },
    },
    marks: {
      ...marks,
      load: async (group, topic, partition) => {
        if (Object.values(groups).includes(group)) await ensure();
        return marks.load(group, topic, partition);
      },
    },
  };
}

/** Which role consumes what, as which group, with which handler: the wiring of topics.ts's consumers. */
import type { Clock } from './adapters/clock.ts';
import type { Codec } from './adapters/codec.ts';
import type { Ledger } from './adapters/ledger.ts';
import type { ConsumerOptions, Log, RunningConsumer } from './adapters/log.ts';
import type { Logger } from './adapters/logger.ts';
import type { OpenRuns } from './adapters/open-runs.ts';
import type { ProjectionStore } from './adapters/projection-store.ts';
import type { Register } from './adapters/register.ts';
import type { RunControl } from './adapters/run-control.ts';
import type { Runs } from './adapters/runs.ts';
import type { RunningRoles } from './app.ts';
import type { Role } from './config.ts';
import { SHOP_REQUEST_TOPICS } from './consumers/attempts.ts';
import { createBillShop } from './consumers/bill-shop.ts';
import { createIngestFacts, ingestStart } from './consumers/ingest-facts.ts';
import { createPlanRun } from './consumers/plan-run.ts';
import { createUnevaluatedChecks, type UnevaluatedChecks } from './consumers/unevaluated-checks.ts';
import { dueAt } from './consumers/retry-policy.ts';
import { createProjector, PROJECTED_TOPICS } from './projections/project.ts';
import { HUNG_AFTER_MS, livenessOf, readinessOf, withSignOfLife } from './role-health.ts';
import { startRunWatch } from './run-watch.ts';
import { FACT_TOPICS } from './topics.ts';

export interface RoleDependencies {
  readonly log: Log;
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly register: Register;
  readonly runs: Runs;
  /** A sign of life of the fold of the log that planner and biller may be waiting for. */
  readonly lastFoldStepAt?: () => number | null;
  readonly control: RunControl;
  readonly openRuns: OpenRuns;
  readonly projections: ProjectionStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeZone: string;
  readonly invoicePrefix: string;
  readonly retryDelaysMs: readonly number[];
  /** A run that has not moved for so long is reported. */
  readonly stalledAfterMs: number;
  readonly deterministicId: (name: string) => string;
}

/** Roles that are consumers of the log; the gateway is started by serve. */
export type ConsumerRole = Extract<Role, 'ingester' | 'planner' | 'biller' | 'projector'>;
export const CONSUMER_ROLES: readonly ConsumerRole[] = ['ingester', 'planner', 'biller', 'projector'];

export const isConsumerRole = (role: Role): role is ConsumerRole => CONSUMER_ROLES.some((known) => known === role);

/** The consumer group of a role is its name: what an operator resets to replay. */
export const groupOf = (role: ConsumerRole): string => role;

function consumerOf(
  role: ConsumerRole,
  dependencies: RoleDependencies,
  unevaluated: UnevaluatedChecks,
): ConsumerOptions {
  const { ledger, log, projections } = dependencies;
  const logger = dependencies.logger.child({ role });
  const group = groupOf(role);
  switch (role) {
    case 'ingester':
      return {
        group,
        topics: FACT_TOPICS,
        handler: createIngestFacts({ ...dependencies, logger }),
        maxBatch: 2_000,
        transactional: true,
        startAt: ingestStart({ ledger, log, group }),
      };
    case 'planner':
      return {
        group,
        topics: ['run-requests'],
        handler: createPlanRun({ ...dependencies, logger }),
        maxBatch: 1,
        transactional: true,
      };
    case 'biller':
      return {
        group,
        topics: SHOP_REQUEST_TOPICS,
        dueAt,
        handler: createBillShop({ ...dependencies, logger, onDecided: unevaluated.count }),
        maxBatch: 1_000,
        transactional: true,
      };
    case 'projector': {
      const { handler, startAt } = createProjector({ ...dependencies, store: projections, logger });
      return { group, topics: PROJECTED_TOPICS, handler, startAt, maxBatch: 2_000, transactional: true };
    }
  }
}

/**
 * Starts the roles, each as one consumer; resolves when all have joined their groups.
 * @param hungAfterMs how long a batch may be in hand without a sign of life
 */
export async function startRoles(
  dependencies: RoleDependencies,
  roles: readonly ConsumerRole[],
  { hungAfterMs = HUNG_AFTER_MS }: { hungAfterMs?: number } = {},
): Promise<RunningRoles> {
  const { log, logger, clock, lastFoldStepAt = () => null } = dependencies;
  const running = new Map<ConsumerRole, RunningConsumer>();
  let runWatch: ReturnType<typeof startRunWatch> | null = null;
  const unevaluated = createUnevaluatedChecks();
  const stop = async () => {
    await Promise.all([runWatch?.stop(), ...[...running.values()].map((consumer) => consumer.stop())]);
  };
  try {
    await Promise.all(
      roles.map(async (role) => {
        running.set(role, await log.consume(consumerOf(role, dependencies, unevaluated)));
        logger.info({ role }, 'role started');
      }),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const components = (of: typeof livenessOf) =>
    [...running].map(([role, consumer]) => {
      const state = withSignOfLife(consumer.state(), lastFoldStepAt());
      return of(role, state, clock.now(), hungAfterMs);
    });
  const planner = running.get('planner');
  const groups = { planner: groupOf('planner'), biller: groupOf('biller'), projector: groupOf('projector') };
  if (planner) runWatch = startRunWatch(dependencies, { planner, groups });
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // Whoever wants to know awaits it; nobody having to is fine.
  for (const consumer of running.values()) consumer.finished.catch(reject);
  return {
    roles,
    failed,
    unevaluatedChecks: unevaluated.byCode,
    health: () => components(readinessOf),
    liveness: () => components(livenessOf),
    stop,
  };
}

/** A planner in memory that is handed request by request, and the log on which it sees what stands behind. */
import { createMemoryLog } from '../../src/adapters/memory-log.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import type { OutRecord, Step } from '../../src/adapters/log.ts';
import { createPlanRun } from '../../src/consumers/plan-run.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import type { BillingRunCancelRequested, BillingRunRequested } from '../../src/domain/requests.ts';
import { batchOf, type MemoryWorld } from '../support/memory-world.ts';

export function givenPlanner(world: MemoryWorld) {
  const log = createMemoryLog({ clock: world.clock, marks: createMemoryPublicationMarks() });
  const planner = {
    /** Ends of the facts; null: as far as the ledger is. */
    ends: null as Pin[] | null,

    request: (fields: Partial<BillingRunRequested> = {}, id = 'request-1'): OutRecord =>
      world.message(
        'run-requests',
        '2026-10',
        'BillingRunRequested',
        {
          ...{ runId: null, period: '2026-10', periodStart: null, periodEnd: null, shopIds: null },
          ...{ dryRun: false, force: false, trigger: { source: 'producer', actor: null, deliveryId: null } },
          requestedAt: world.clock.now(),
          ...fields,
        },
        id,
      ),

    cancel: (runId: string, fields: Partial<BillingRunCancelRequested> = {}, id = 'cancel-1'): OutRecord =>
      world.message(
        'run-requests',
        '2026-10',
        'BillingRunCancelRequested',
        { runId, reason: 'wrong month', actor: 'ann', requestedAt: world.clock.now(), ...fields },
        id,
      ),

    /** Puts requests on the log, behind the one in hand. */
    publish: (...records: OutRecord[]) => log.publish(records),

    plan(
      records: readonly OutRecord[],
      batch: Parameters<typeof batchOf>[1] = {},
      { requestsPerStep = 3 }: { requestsPerStep?: number } = {},
    ): AsyncIterable<Step> {
      const handler = createPlanRun({
        ...world,
        log: {
          endOffsets: async (topics) =>
            topics[0] === 'run-requests' ? log.endOffsets(topics) : (planner.ends ?? (await world.pins())),
          read: (ranges) => log.read(ranges),
        },
        requestsPerStep,
      });
      return handler(batchOf(records, batch));
    },
  };
  return planner;
}

/** What each step publishes, as `type key`, and whether it advances. */
export const summary = (done: readonly Step[]) =>
  done.map(({ publish, advance }) => [publish.map(({ key, headers }) => `${headers['ce_type']} ${key}`), advance]);

/**
 * Bugs that are put in from outside, so that the simulator can show that it would find them. Each is a mistake that a
 * program of this kind is likely to have; none of them can be switched on from src/.
 */
import type { MemoryBroker } from '../../src/adapters/memory-broker.ts';
import type { BatchHandler, LogRecord } from '../../src/adapters/log.ts';
import { numberIn, type OpenCredit, type Register } from '../../src/adapters/register.ts';
import type { ConsumerRole, RoleDependencies } from '../../src/roles.ts';
import { FACT_TOPICS } from '../../src/topics.ts';

/** As it stands in one world. */
export interface PlantedBug {
  /** What a role of a process is given instead of the real thing. */
  readonly dependencies?: (role: ConsumerRole, dependencies: RoleDependencies) => RoleDependencies;
  /** The broker as a process sees it. */
  readonly broker?: (connection: MemoryBroker) => MemoryBroker;
}

/** By name; made anew for every world. */
export const PLANTED_BUGS = {
  'offset committed before publish': () => ({
    dependencies: handledBy(
      'biller',
      (handler, { log }) =>
        async function* (batch) {
          for await (const step of handler(batch)) {
            yield { ...step, publish: [] };
            await log.publish(step.publish);
          }
        },
    ),
  }),

  'claim before durable': () => {
    const claimed = new Set<string>();
    const isFirst = ({ topic, partition, offset }: LogRecord) => {
      const place = `${topic}/${partition}/${offset}`;
      return !claimed.has(place) && claimed.add(place);
    };
    return {
      dependencies: handledBy(
        'biller',
        (handler) => (batch) => handler({ ...batch, records: batch.records.filter(isFirst) }),
      ),
    };
  },

  'number taken outside the transaction': () => {
    const series = new Map<string, bigint>();
    const take = (name: string): string => {
      series.set(name, (series.get(name) ?? 0n) + 1n);
      return numberIn(name, series.get(name)!);
    };
    const record =
      (register: Register): Register['record'] =>
      (decisions) =>
        register.record(
          decisions.map((decision) => {
            const { numbered } = decision;
            if (numbered === null) return decision;
            const number = take(numbered.series);
            return { ...decision, numbered: { ...numbered, finish: () => numbered.finish(number) } };
          }),
        );
    return {
      dependencies: given('biller', ({ register }) => ({ register: { ...register, record: record(register) } })),
    };
  },

  'read-model checkpoint in another transaction': () => ({
    dependencies: given('projector', ({ projections }) => ({
      projections: {
        ...projections,
        async advance(step, work) {
          const { moved } = await projections.advance(step, async () => {});
          return moved ? projections.advance({ ...step, from: step.to }, work) : { moved };
        },
      },
    })),
  }),

  'pins taken without waiting for the ingester': () => ({
    dependencies: given('planner', ({ ledger, log }) => ({
      ledger: { ...ledger, positions: () => log.endOffsets(FACT_TOPICS) },
    })),
  }),

  'a zombie that is not fenced': () => ({
    broker: (connection) => ({
      ...connection,
      claim(group, topic, partition) {
        const owner = connection.claim(group, topic, partition);
        return {
          commit(records, committed) {
            try {
              owner.commit(records, committed);
            } catch {
              connection.append(records);
              connection.resetOffset(group, topic, partition, committed.offset);
            }
          },
        };
      },
    }),
  }),

  'a redelivery that republishes after a replay': () => ({
    dependencies: handledBy('biller', (handler) => (batch) => handler({ ...batch, publishedBelow: 0n })),
  }),

  'credit spent by two months at once': () => {
    // What is left is kept for a while by whoever asked, and nobody looks again when the bill is recorded.
    const used = new Map<string, bigint>();
    const left = ({ billId, remainingMinor, ...credit }: OpenCredit) => ({
      ...{ ...credit, billId },
      remainingMinor: remainingMinor - (used.get(billId) ?? 0n),
    });
    return {
      dependencies: given('biller', ({ register, clock }) => {
        const kept = new Map<string, { until: number; credits: readonly OpenCredit[] }>();
        const creditsOf = (shopId: string, now: readonly OpenCredit[]): readonly OpenCredit[] => {
          const known = kept.get(shopId);
          if (known && known.until > clock.now()) return known.credits;
          const credits = now.map(left).filter(({ remainingMinor }) => remainingMinor > 0n);
          if (credits.length > 0) kept.set(shopId, { until: clock.now() + 2_000, credits });
          return credits;
        };
        return {
          register: {
            ...register,
            load: async (keys) =>
              (await register.load(keys)).map((state, index) => ({
                ...state,
                credits: creditsOf(keys[index]!.shopId, state.credits),
              })),
            async record(decisions) {
              const recorded = await register.record(decisions.map((decision) => ({ ...decision, creditsUsed: [] })));
              for (const [index, { creditsUsed }] of decisions.entries()) {
                if (recorded[index] === null) continue;
                for (const { billId, amountMinor } of creditsUsed) {
                  used.set(billId, (used.get(billId) ?? 0n) + amountMinor);
                }
              }
              return recorded;
            },
          },
        };
      }),
    };
  },
} as const satisfies Record<string, () => PlantedBug>;

export type BugName = keyof typeof PLANTED_BUGS;

function given(
  role: ConsumerRole,
  change: (dependencies: RoleDependencies) => Partial<RoleDependencies>,
): NonNullable<PlantedBug['dependencies']> {
  return (of, dependencies) => (of === role ? { ...dependencies, ...change(dependencies) } : dependencies);
}

function handledBy(
  role: ConsumerRole,
  change: (handler: BatchHandler, dependencies: RoleDependencies) => BatchHandler,
): NonNullable<PlantedBug['dependencies']> {
  return given(role, (dependencies) => ({
    log: {
      ...dependencies.log,
      consume: (options) => dependencies.log.consume({ ...options, handler: change(options.handler, dependencies) }),
    },
  }));
}

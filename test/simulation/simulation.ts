/**
 * One simulated world, from its seed: the product's own handlers and wiring (src/roles.ts) on the memory adapters, in
 * several processes under one scheduler. First faults, then healing: nobody is hurt any more, and within a bound all
 * lag must be gone. Then an auditor that shares no code with the handlers looks at what is left. Then everything is
 * read once more from the beginning, which must publish nothing.
 *
 * Faults it must survive:
 * - a process dies at any await, for ever, and another starts later
 * - a call fails before it took effect, or after it did (a commit that is answered with an error)
 * - calls take long; partitions pass each other; who goes on next is anybody's guess
 * - a process is frozen and goes on, its partitions another's meanwhile; it learns of a rebalance late (a zombie)
 * - processes and whole machines come and go: rebalances at any moment
 * - Postgres, the broker or the registry is away for a while
 * - an operator stops a role and sets its group's offsets back, partly or entirely
 * - producers repeat facts and requests, with and without our headers
 * - producers put the same key into different partitions
 * - clients die and begin again; several ask for the same run at once
 *
 * Not simulated: Postgres losing what it had committed, Kafka losing what it had acknowledged.
 */
import { seededRandom, type SeededRandom } from '../../src/producers/seeded-random.ts';
import { CONSUMER_ROLES, type ConsumerRole } from '../../src/roles.ts';
import { TOPICS, type TopicName } from '../../src/topics.ts';
import { audit } from './auditor/audit.ts';
import { createClients } from './clients.ts';
import { drawFaultRates, NO_FAULTS, type FaultRates } from './faults.ts';
import { createGroupCoordinator } from './group-coordinator.ts';
import { createMachines } from './machines.ts';
import { createOperator, places } from './operator.ts';
import type { PlantedBug } from './planted-bug.ts';
import { createScheduler, type Owner } from './scheduler.ts';
import { createServers } from './servers.ts';
import type { Weather } from './simulated-process.ts';
import { drawWorkload } from './workload.ts';

export interface SimulationResult {
  readonly seed: number;
  /** Empty when the seed is survived. */
  readonly violations: readonly string[];
  readonly steps: number;
  readonly traceHash: string;
  /** How often what went wrong. */
  readonly faults: ReadonlyMap<string, number>;
  /** How many shops ended how, all runs together. */
  readonly outcomes: ReadonlyMap<string, number>;
}

const START = Date.UTC(2026, 10, 1, 2);
const MAX_STEPS = 150_000;
/** Virtual time after which nothing may be left to do once nobody is hurt any more. */
const HEALED_WITHIN_MS = 15 * 60_000;
const SETTLED_AFTER_MS = 10_000;

/** Which machine runs which roles: sometimes all do everything, sometimes each role is somewhere else. */
function drawLayout(random: SeededRandom): ConsumerRole[][] {
  const machines = Array.from({ length: random.whole(1, 4) }, () => CONSUMER_ROLES.filter(() => random.chance(0.6)));
  for (const role of CONSUMER_ROLES) {
    if (!machines.some((roles) => roles.includes(role))) random.pick(machines).push(role);
  }
  return machines;
}

/** What a role reads, by the map in topics.ts. */
const READS: Readonly<Record<ConsumerRole, string>> = {
  ingester: 'ingest-facts',
  planner: 'plan-run',
  biller: 'bill-shop',
  projector: 'project',
};
const isReadBy = (role: ConsumerRole, topic: TopicName): boolean =>
  (TOPICS[topic].consumers as readonly string[]).includes(READS[role]);

export async function simulate(
  seed: number,
  { bug = null, onStep }: { bug?: PlantedBug | null; onStep?: (step: object) => void } = {},
): Promise<SimulationResult> {
  const random = seededRandom(seed);
  const scheduler = createScheduler({ random, startAt: START, ...(onStep && { onStep }) });
  const servers = createServers({ partitions: random.whole(2, 3), now: scheduler.now });
  const faults = new Map<string, number>();
  let outcomes: ReadonlyMap<string, number> = new Map();
  const count = (what: string) => void faults.set(what, (faults.get(what) ?? 0) + 1);
  const coordinator = createGroupCoordinator({ broker: servers.broker, scheduler, count });
  const violations: string[] = [];
  let rates: FaultRates = drawFaultRates(random);
  const weather: Weather = { scheduler, rates: () => rates, isAway: (server) => operator.isAway(server), count };
  const workload = drawWorkload(random);
  const { timeZone } = workload;
  const machines = createMachines({
    ...{ layout: drawLayout(random), servers, weather, coordinator, bug, timeZone },
    onRoleFailed: (role, error) => violations.push(`the ${role} stopped for good: ${(error as Error).message}`),
  });
  const operator = createOperator({ scheduler, servers, machines, rates: () => rates, count });
  const clients = createClients({ servers, weather, coordinator, timeZone });

  const outside: Owner = { name: 'outside', state: 'running' };
  let toStart = workload.actions.length;
  for (const machine of machines.all) machines.start(machine);
  for (const action of workload.actions) {
    scheduler.later(outside, action.kind, action.afterMs, () => {
      clients.start(action);
      toStart -= 1;
    });
  }
  const troubleUntil = START + random.pick([2_000, 10_000, 30_000]);
  let isTrouble = true;
  void operator.makeTrouble(() => scheduler.now() >= troubleUntil && toStart === 0).then(() => (isTrouble = false));

  async function until(what: string, isDone: () => boolean, untilMs = Infinity): Promise<boolean> {
    if (violations.length > 0) return false;
    const ended = await scheduler.run(() => violations.length > 0 || isDone(), { maxSteps: MAX_STEPS, untilMs });
    if (ended !== 'done') violations.push(`${what} ended ${ended}: ${lag().join(', ') || 'no lag'}`);
    return violations.length === 0;
  }

  /** Where the projector stands is in its own checkpoint; a group that was set back says nothing of it. */
  function positionOf(role: ConsumerRole, topic: TopicName, partition: number): bigint {
    const committed = servers.broker.committed(role, topic, partition)?.offset ?? 0n;
    const { checkpoints } = servers.projections.readModels();
    const checkpoint = role === 'projector' ? (checkpoints.get(`${topic}/${partition}`)?.offset ?? 0n) : 0n;
    return committed > checkpoint ? committed : checkpoint;
  }

  /** Partitions a role has not read to the end. */
  function lag(): string[] {
    return places(servers).flatMap(([topic, partition]) =>
      CONSUMER_ROLES.flatMap((role) => {
        if (!isReadBy(role, topic)) return [];
        const behind = servers.broker.end(topic, partition) - positionOf(role, topic, partition);
        return behind > 0n ? [`${role} ${behind} behind in ${topic}/${partition}`] : [];
      }),
    );
  }

  const isQuiet = () => clients.open() === 0 && toStart === 0 && lag().length === 0;

  /** Nothing is left to do, and nothing comes of it when it is left alone for a while. */
  async function healed(what: string): Promise<boolean> {
    for (;;) {
      if (!(await until(what, isQuiet, scheduler.now() + HEALED_WITHIN_MS))) return false;
      await scheduler.run(() => false, { maxSteps: MAX_STEPS, untilMs: scheduler.now() + SETTLED_AFTER_MS });
      if (isQuiet()) return true;
    }
  }

  async function live(): Promise<void> {
    if (!(await until('the time of faults', () => !isTrouble))) return;
    rates = NO_FAULTS;
    operator.heal();
    if (!(await healed('healing'))) return;
    await look();
    if (violations.length > 0) return;
    await replay();
  }

  async function look(): Promise<void> {
    const found = await audit(servers, clients.told, timeZone);
    violations.push(...found.violations);
    outcomes = found.outcomes;
  }

  async function replay(): Promise<void> {
    const ends = () =>
      places(servers)
        .map(([topic, partition]) => servers.broker.end(topic, partition))
        .join();
    const before = ends();
    let isSetBack = false;
    void Promise.all(CONSUMER_ROLES.map((role) => operator.setBack(role, true))).then(() => (isSetBack = true));
    if (!(await until('setting back', () => isSetBack))) return;
    if (!(await healed('the replay'))) return;
    if (ends() !== before) violations.push('a replay published something');
    await look();
  }

  await live();
  return { seed, violations, steps: scheduler.steps(), traceHash: scheduler.traceHash(), faults, outcomes };
}

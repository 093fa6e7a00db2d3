/** What happens around the processes: servers that are away for a while, machines that come and go, offsets set back. */
import type { ConsumerRole } from '../../src/roles.ts';
import { TOPIC_NAMES, type TopicName } from '../../src/topics.ts';
import { SERVERS, type FaultRates, type Server } from './faults.ts';
import type { Machine, Machines } from './machines.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Servers } from './servers.ts';

/** Anybody may write there, so anybody may repeat there. */
const REPEATED: readonly TopicName[] = ['shops', 'usage', 'run-requests', 'shop-requests'];

export interface Operator {
  isAway(server: Server): boolean;
  /** Makes trouble until `end` says so. */
  makeTrouble(until: () => boolean): Promise<void>;
  /** Everything that was stopped, frozen or away is back. */
  heal(): void;
  /** Sets a role's group back: all of it, or from somewhere on. */
  setBack(role: ConsumerRole, entirely: boolean): Promise<void>;
}

export function createOperator({
  scheduler,
  servers,
  machines,
  rates,
  count,
}: {
  scheduler: Scheduler;
  servers: Servers;
  machines: Machines;
  rates: () => FaultRates;
  count: (what: string) => void;
}): Operator {
  const { random } = scheduler;
  const { broker } = servers;
  const self: Owner = { name: 'operator', state: 'running' };
  const away = new Set<Server>();

  function takeAway(server: Server): void {
    away.add(server);
    const forMs = random.chance(0.7) ? random.whole(50, 1_000) : random.whole(1_000, 8_000);
    scheduler.later(self, `${server} is back`, forMs, () => away.delete(server));
  }

  async function comeOrGo(machine: Machine): Promise<void> {
    count('come or go');
    if (machine.isWanted) return machines.stop(machine);
    machine.isWanted = true;
    machines.start(machine);
  }

  async function setBack(role: ConsumerRole, entirely: boolean): Promise<void> {
    count('reset');
    await machines.stopRole(role);
    while (broker.members(role).length > 0) await scheduler.turn(self, 'waits for the group to be empty', 200);
    for (const [topic, partition] of places(servers)) {
      const committed = broker.committed(role, topic, partition);
      if (committed === null || !(entirely || random.chance(0.6))) continue;
      const offset = entirely ? 0n : BigInt(random.whole(0, Number(committed.offset)));
      broker.resetOffset(role, topic, partition, offset);
    }
    machines.releaseRole(role);
  }

  /** With its headers or without, wherever a foreign producer's partitioner puts it. */
  function repeat(): void {
    const topic = random.pick(REPEATED);
    const partition = random.whole(0, broker.partitions(topic) - 1);
    const records = broker.slice(topic, partition, 0n, broker.end(topic, partition));
    if (records.length === 0) return;
    const { key, value, headers } = random.pick(records);
    count('repeat');
    const differs = random.chance(rates().partitionsDiffer);
    const where = differs ? { partition: random.whole(0, broker.partitions(topic) - 1) } : {};
    // Only our own programs write shop requests: they may write one again, but never without its headers.
    const isOurs = topic === 'shop-requests' || random.chance(0.5);
    broker.append([{ topic, key, value, headers: isOurs ? headers : {}, ...where }]);
  }

  return {
    isAway: (server) => away.has(server),
    setBack,
    async makeTrouble(until) {
      for (;;) {
        await scheduler.turn(self, 'ticks', random.whole(100, 1_000));
        if (until()) return;
        const { outage, comeAndGo, reset, repeat: repeating } = rates();
        if (random.chance(outage)) takeAway(random.pick(SERVERS));
        if (random.chance(repeating)) repeat();
        if (random.chance(comeAndGo)) await comeOrGo(random.pick(machines.all));
        if (random.chance(reset)) await setBack(random.pick(['ingester', 'planner', 'biller', 'projector']), false);
      }
    },
    heal() {
      away.clear();
      machines.thawAll();
      for (const machine of machines.all) {
        machine.isWanted = true;
        machines.start(machine);
      }
    },
  };
}

/** Every partition there is. */
export const places = ({ broker }: Pick<Servers, 'broker'>): [TopicName, number][] =>
  TOPIC_NAMES.flatMap((topic) =>
    Array.from({ length: broker.partitions(topic) }, (_, partition): [TopicName, number] => [topic, partition]),
  );

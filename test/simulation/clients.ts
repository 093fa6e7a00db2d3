/** Those who tell facts and ask for runs. They meet the same faults, and begin again what they are not sure of. */
import { createMemoryLog } from '../../src/adapters/memory-log.ts';
import type { OutRecord } from '../../src/adapters/log.ts';
import { uuidV5 } from '../../src/adapters/uuid.ts';
import { parseFact } from '../../src/producers/parse-fact.ts';
import { publishFacts, toRecord } from '../../src/producers/publish-facts.ts';
import { createRequestBillingRun } from '../../src/producers/request-billing-run.ts';
import { FACT_TOPICS } from '../../src/topics.ts';
import { gatedCodec, gatedLog, gatedPort } from './gated-ports.ts';
import type { GroupCoordinator } from './group-coordinator.ts';
import { doDeed } from './people.ts';
import type { Servers } from './servers.ts';
import { createSimulatedProcess, type SimulatedProcess, type Weather } from './simulated-process.ts';
import type { FactLine } from '../oracle/fact-lines.ts';
import type { Action, Ask } from './workload.ts';

/** What the clients know they did, for the auditor. */
export interface Told {
  /** The line behind a record of a fact, by topic and bytes. */
  readonly lines: ReadonlyMap<string, FactLine>;
  /** By topic and bytes of the request: ends of the fact partitions, "topic/partition" → offset, when it was asked. */
  readonly endsWhenAsked: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  /** Of every ask that was accepted. */
  readonly runIds: ReadonlySet<string>;
}

export interface Clients {
  readonly told: Told;
  /** Actions that are not done yet. */
  open(): number;
  start(action: Action): void;
}

export const bytesKey = ({ topic, value }: Pick<OutRecord, 'topic' | 'value'>): string =>
  `${topic} ${value?.toString('base64') ?? ''}`;

export function createClients({
  servers,
  weather,
  coordinator,
  timeZone,
}: {
  timeZone: string;
  servers: Servers;
  weather: Weather;
  coordinator: GroupCoordinator;
}): Clients {
  const { scheduler } = weather;
  const { random } = scheduler;
  const lines = new Map<string, FactLine>();
  const endsWhenAsked = new Map<string, ReadonlyMap<string, bigint>>();
  const runIds = new Set<string>();
  let open = 0;
  let clients = 0;

  const ends = () =>
    new Map(
      FACT_TOPICS.flatMap((topic) =>
        Array.from({ length: servers.broker.partitions(topic) }, (_, partition): [string, bigint] => [
          `${topic}/${partition}`,
          servers.broker.end(topic, partition),
        ]),
      ),
    );

  /** Tries until it is done, each time as a new process: what it did before may have happened or not. */
  async function untilDone(work: (connection: Connection) => Promise<void>): Promise<void> {
    open += 1;
    for (let isDone = false; !isDone;) {
      const connection = connect();
      const attempt = work(connection).then(
        () => (isDone = true),
        () => {},
      );
      await Promise.race([attempt, connection.process.death.catch(() => {})]);
      connection.process.state = 'dead';
      if (!isDone) await scheduler.turn({ name: 'outside', state: 'running' }, 'tries again', random.whole(10, 500));
    }
    open -= 1;
  }

  function connect() {
    const process: SimulatedProcess = createSimulatedProcess(`c${(clients += 1)}`, weather, {
      onCrash: () => coordinator.disconnect(process),
      onFreeze: () => {},
    });
    const shift = random.chance(weather.rates().partitionsDiffer) ? random.whole(0, 2) : 0;
    const log = createMemoryLog({
      clock: process.clock,
      marks: servers.marks,
      broker: coordinator.connect(process, shift),
      interrupt: (moment, place) => process.turn(`${moment} ${place}`, 'broker'),
    });
    return { process, log: gatedLog(process, log, 1) };
  }
  type Connection = ReturnType<typeof connect>;

  async function tell({ process, log }: Connection, facts: readonly FactLine[]): Promise<void> {
    const codec = gatedCodec(process, servers.codec);
    for (const line of facts) lines.set(bytesKey(toRecord(codec, parseFact(line))), line);
    for (const piece of inPieces(facts, random.whole(1, 30))) {
      await publishFacts({ facts: piece.map(parseFact), log, codec });
    }
  }

  async function ask({ process, log }: Connection, wish: Ask): Promise<void> {
    if (wish.isJson) return askInJson(log, wish);
    const before = ends();
    const published: OutRecord[] = [];
    const request = createRequestBillingRun({
      log: {
        publish: (records) => {
          for (const record of records) endsWhenAsked.set(bytesKey(record), before);
          published.push(...records);
          return log.publish(records);
        },
      },
      codec: gatedCodec(process, servers.codec),
      runs: gatedPort(process, 'postgres', 'runs', servers.runs),
      clock: process.clock,
      timeZone,
      deterministicId: (name) => uuidV5(name),
      randomId: () => uuidV5(`ask ${random.next()}`),
    });
    const { shopIds, dryRun, force, source, month } = wish;
    const trigger = { source, actor: null, deliveryId: null };
    const accepted = await request({
      ...{ shopIds, dryRun, force, trigger },
      ...{ period: month, periodStart: null, periodEnd: null },
    });
    runIds.add(accepted.runId);
  }

  async function askInJson(log: Connection['log'], wish: Ask): Promise<void> {
    const { month, shopIds, dryRun, force } = wish;
    const value = Buffer.from(JSON.stringify({ period: month, shopIds, dryRun, force, requestedAt: scheduler.now() }));
    const record: OutRecord = { topic: 'run-requests', key: month, value, headers: {} };
    endsWhenAsked.set(bytesKey(record), ends());
    await log.publish([record]);
  }

  return {
    told: { lines, endsWhenAsked, runIds },
    open: () => open,
    start(action) {
      const { kind } = action;
      switch (kind) {
        case 'tell':
          return void untilDone((connection) => tell(connection, action.lines));
        case 'ask':
          return void untilDone((connection) => ask(connection, action.ask));
        case 'do':
          return void untilDone(({ process, log }) => doDeed(action.deed, { process, log, servers, random }));
        default:
          return kind satisfies never;
      }
    },
  };
}

function inPieces<T>(items: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  for (let start = 0; start < items.length; start += size) pieces.push(items.slice(start, start + size));
  return pieces;
}

import { beforeEach, describe, expect, test } from 'vitest';
import type { Logger } from '../../src/adapters/logger.ts';
import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory-log.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import type { OpenRun } from '../../src/adapters/open-runs.ts';
import { createWatchRuns } from '../../src/consumers/watch-runs.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

const LOOK_MS = 3_000;
let world: MemoryWorld;
let log: MemoryLog;
let open: OpenRun[];
let missing: string[];
let announced: string[];
let lines: { message: string; [field: string]: unknown }[];
let look: () => Promise<void>;

const run = (fields: Partial<OpenRun> = {}): OpenRun => ({
  ...{ runId: 'r', requestId: 'run-requests/0/0', startedAt: world.clock.now(), cancelled: false },
  ...{ expectedShops: 5, decidedShops: 2 },
  ...fields,
});

beforeEach(() => {
  world = createMemoryWorld();
  log = createMemoryLog({ clock: world.clock, marks: createMemoryPublicationMarks(), partitions: 1 });
  [open, missing, announced, lines] = [[], [], [], []];
  const warn: Logger['warn'] = (fields: object, message?: string) => lines.push({ message: message ?? '', ...fields });
  const watch = createWatchRuns({
    ...world,
    log,
    openRuns: {
      list: async () => open,
      missingShops: async ({ after, limit }) =>
        missing.filter((shopId) => after === null || shopId > after).slice(0, limit),
      lastEventAt: async () => null,
    },
    checkpoints: async () => [],
    announce: async (runId) => void announced.push(runId),
    groups: { planner: 'planner', biller: 'biller', projector: 'projector' },
    logger: { ...world.logger, warn },
    requestsPerPublish: 2,
  });
  look = async () => {
    await watch();
    world.clock.set(world.clock.now() + LOOK_MS);
  };
  // The planner is past the run's request.
  log.broker.resetOffset('planner', 'run-requests', 0, 1n);
});

const requested = async () => {
  const end = log.broker.end('shop-requests', 0);
  const decoded = await world.codec.decode(log.broker.slice('shop-requests', 0, 0n, end));
  return decoded.flatMap((one) => ('message' in one ? [one] : []));
};

describe('given a run of which two shops were never asked for', () => {
  beforeEach(() => {
    open = [run()];
    missing = ['b', 'd', 'e'];
  });

  test('when everything is drained, then they are asked for, like the planner would have', async () => {
    await look();
    expect(await requested()).toEqual([]);
    await look();

    const requests = await requested();
    expect(requests.map(({ message }) => message)).toEqual(
      ['b', 'd', 'e'].map((shopId) => ({ type: 'ShopBillRequested', data: { runId: 'r', shopId } })),
    );
    expect(requests.map(({ record }) => record.key)).toEqual(['b', 'd', 'e']);
    expect(requests.every(({ envelope }) => envelope.correlationId === 'r')).toBe(true);
    expect(lines).toMatchObject([{ message: 'shops without an outcome are asked for again', shops: 3 }]);
  });

  test('when billers still have requests before them, then it waits for these', async () => {
    await log.publish([{ topic: 'shop-requests', key: 'x', value: Buffer.from('…'), headers: {} }]);
    for (let looks = 0; looks < 5; looks += 1) await look();
    expect(log.broker.end('shop-requests', 0)).toBe(1n);

    log.broker.resetOffset('biller', 'shop-requests', 0, 1n);
    await look();
    await look();

    expect(log.broker.end('shop-requests', 0)).toBe(4n);
  });

  test('when a request waits in a retry topic, then it waits too', async () => {
    await log.publish([{ topic: 'shop-requests.retry-2', key: 'x', value: Buffer.from('…'), headers: {} }]);
    for (let looks = 0; looks < 5; looks += 1) await look();
    expect(await requested()).toEqual([]);
  });

  test('when events are not projected yet, then it waits for these', async () => {
    await log.publish([{ topic: 'events', key: 'b', value: Buffer.from('…'), headers: {} }]);
    log.broker.resetOffset('projector', 'events', 0, 1n);
    for (let looks = 0; looks < 5; looks += 1) await look();
    expect(await requested()).toEqual([]);
  });

  test('when its planner has not finished, then the planner will ask for them', async () => {
    open = [run({ requestId: 'run-requests/0/1' })];
    for (let looks = 0; looks < 5; looks += 1) await look();
    expect(await requested()).toEqual([]);
  });
});

test('given a run whose outcomes add up, when nobody has said so, then that is announced', async () => {
  open = [run({ decidedShops: 5 })];
  await look();
  await look();
  expect(announced).toEqual(['r']);
});

describe('given a run that does not move', () => {
  const minutes = async (count: number) => {
    for (let looks = 0; looks < (count * 60_000) / LOOK_MS; looks += 1) await look();
  };
  const stalls = () => lines.filter(({ message }) => message.startsWith('run does not move'));
  beforeEach(async () => {
    open = [run()];
    await log.publish([{ topic: 'shop-requests', key: 'x', value: Buffer.from('…'), headers: {} }]);
  });

  test('then one line says so after five minutes, with what is missing and what waits', async () => {
    await minutes(4.9);
    expect(stalls()).toEqual([]);
    await minutes(30);

    expect(stalls()).toEqual([
      {
        ...{ message: 'run does not move', correlationId: 'r', missing: 3, waiting: 1, unprojected: 0 },
        ...{ forSeconds: 300, cancelled: false, paused: false },
      },
    ]);
  });

  test('then it is said again when it moved in between', async () => {
    await minutes(6);
    open = [run({ decidedShops: 3 })];
    await minutes(6);
    expect(stalls()).toMatchObject([{ missing: 3 }, { missing: 2 }]);
  });

  test('then the line says when issuing is paused', async () => {
    await world.control.pause({ reason: 'x', actor: null, at: 0 });
    await minutes(6);
    expect(stalls()).toMatchObject([{ message: 'run does not move: issuing is paused', paused: true }]);
  });
});

test('given no open run, when it looks, then nobody is asked anything', async () => {
  const asked: string[] = [];
  const watch = createWatchRuns({
    ...world,
    log: { ...log, endOffsets: async () => (asked.push('ends'), []), committedOffsets: async () => [] },
    openRuns: { list: async () => [], missingShops: async () => [], lastEventAt: async () => null },
    checkpoints: async () => [],
    announce: async () => {},
    groups: { planner: 'planner', biller: 'biller', projector: 'projector' },
  });
  await watch();
  expect(asked).toEqual([]);
});

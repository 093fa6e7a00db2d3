import { beforeEach, expect, test } from 'vitest';
import { createMemoryProjectionStore } from '../../src/adapters/memory-projection-store.ts';
import type { OutRecord } from '../../src/adapters/log.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import { uuidV5 } from '../../src/adapters/uuid.ts';
import { announceDue } from '../../src/projections/announce-due.ts';
import { completionsIn, createWrittenLog, projectorAt, type WrittenLog } from '../contract/projector-at-log.ts';
import { testCodec } from '../support/test-codec.ts';
import { NOVEMBER_1, runStarted, skipped } from './shop-events.ts';

let store: ReturnType<typeof createMemoryProjectionStore>;
let log: WrittenLog;
let projector: ReturnType<typeof projectorAt>;
let published: OutRecord[];

beforeEach(() => {
  store = createMemoryProjectionStore();
  log = createWrittenLog();
  projector = projectorAt(log, store);
  published = [];
});

const announce = () =>
  announceDue(
    {
      store,
      codec: testCodec(),
      clock: { now: () => NOVEMBER_1, sleep: async () => {} },
      logger: silentLogger,
      deterministicId: uuidV5,
      log: { publish: async (records) => void published.push(...records) },
    },
    'run-1',
  );

test('when a rebuild took in the last outcome before the projector did, then the completion is announced once', async () => {
  log.writeRuns(runStarted({ expectedShops: 1 }));
  await projector.settle();
  log.writeShops(0, skipped({ shopId: 'a' }));
  await projector.rebuild();
  expect(await projector.settle()).toEqual([]);

  await announce();

  expect(await completionsIn(published)).toMatchObject([{ runId: 'run-1', revision: 1, outcomes: { skipped: 1 } }]);
  log.write('run-events', 0, ...published);
  await projector.settle();
  published = [];
  await announce();
  expect(published).toEqual([]);
});

test('when whoever found it due died before it was published, then the same record is published', async () => {
  log.writeRuns(runStarted({ expectedShops: 1 }));
  await projector.project({ topic: 'run-events' });
  log.writeShops(0, skipped({ shopId: 'a' }));
  const lost = await projector.project({ topic: 'events' });

  await announce();

  expect(published).toEqual(lost);
});

test('when a shop is missing, then there is nothing to announce', async () => {
  log.writeRuns(runStarted({ expectedShops: 2 }));
  log.writeShops(0, skipped({ shopId: 'a' }));
  await projector.settle();

  await announce();

  expect(published).toEqual([]);
});

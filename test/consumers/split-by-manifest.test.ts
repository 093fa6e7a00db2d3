import { expect, test } from 'vitest';
import { createMemoryRuns } from '../../src/adapters/memory-runs.ts';
import type { FrozenRun } from '../../src/adapters/runs.ts';
import { splitByManifest } from '../../src/consumers/split-by-manifest.ts';
import type { BillRequest } from '../../src/consumers/shop-request.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';

const PLANNED = {
  runId: 'run-1',
  requestId: 'run-requests/0/0',
  period: calendarMonth('2026-10', 'UTC'),
  dryRun: false,
  force: false,
  named: false,
  trigger: { source: 'cli', actor: null, deliveryId: null } as const,
  pins: [],
  requestedAt: 0,
  startedAt: 0,
};

const ask = (shopId: string, isBroken = false): BillRequest => ({
  kind: 'bill',
  runId: 'run-1',
  shopId,
  causationId: 'c',
  failure: isBroken ? { code: 'RECORD_UNDECODABLE', message: 'garbage' } : null,
  record: { topic: 'shop-requests', partition: 0, offset: 0n, timestamp: 0, key: shopId, value: null, headers: {} },
});

async function* chunks(shopIds: string[]) {
  yield shopIds;
}

const idsOf = ({ inside, outside }: Awaited<ReturnType<typeof splitByManifest>>) => [
  inside.map(({ shopId }) => shopId),
  outside.map(({ shopId }) => shopId),
];

test('who is not in the manifest is outside, soundly asked for or not', async () => {
  const runs = createMemoryRuns();
  const run = await runs.freeze(PLANNED, chunks(['a', 'b']), null);

  const split = await splitByManifest(runs, run, [ask('a'), ask('x'), ask('b', true), ask('y', true)]);

  expect(idsOf(split)).toEqual([
    ['a', 'b'],
    ['x', 'y'],
  ]);
});

test('while a manifest is being restored, who is soundly asked for is believed to be in it', async () => {
  const frozen: FrozenRun = await createMemoryRuns().freeze(PLANNED, chunks(['a', 'b']), null);
  const runs = createMemoryRuns();
  await runs.restore(frozen);
  await runs.restoreManifest('run-1', ['a']);

  const split = await splitByManifest(runs, frozen, [ask('a'), ask('b'), ask('b', true)]);

  expect(idsOf(split)).toEqual([['a', 'b'], ['b']]);
});

import { describe, expect, test } from 'vitest';
import type { RegisteredDecision } from '../../src/adapters/register.ts';
import { inWaves, isLaterAttempt, type ShopRequest } from '../../src/consumers/shop-request.ts';
import { standingOf } from '../../src/consumers/standing.ts';
import type { Outcome } from '../../src/domain/events.ts';
import type { TopicName } from '../../src/topics.ts';

const row = (outcome: Outcome) => ({ outcome }) as RegisteredDecision;

const RECORDS = {
  first: { topic: 'shop-requests', headers: {} },
  redrive: { topic: 'shop-requests', headers: { 'redrive-count': '1' } },
  retry: { topic: 'shop-requests.retry-2', headers: { 'redrive-count': '0' } },
} as const satisfies Record<string, { topic: TopicName; headers: Record<string, string> }>;

type Case = [record: keyof typeof RECORDS, own: Outcome | null, decision: Outcome | null, above: string, below: string];

// What stands of a request at or above the publication mark, and below it.
const CASES: Case[] = [
  ['first', null, null, 'undecided', 'undecided'],
  ['redrive', null, null, 'undecided', 'undecided'],
  ['retry', null, null, 'undecided', 'undecided'],
  ['first', 'invoiced', 'invoiced', 'cut-off', 'replay'],
  ['first', 'failed', 'failed', 'cut-off', 'replay'],
  ['redrive', 'failed', 'failed', 'cut-off', 'replay'],
  ['first', 'failed', 'invoiced', 'cut-off', 'replay'],
  ['first', 'held', 'voided', 'cut-off', 'replay'],
  ['first', null, 'failed', 'repeat', 'repeat'],
  ['redrive', null, 'failed', 'second-attempt', 'repeat'],
  ['retry', null, 'failed', 'second-attempt', 'repeat'],
  ['first', null, 'invoiced', 'repeat', 'repeat'],
  ['redrive', null, 'skipped', 'repeat', 'repeat'],
  ['redrive', null, 'voided', 'repeat', 'repeat'],
  ['retry', null, 'invoiced', 'repeat', 'repeat'],
];

test.each(CASES)(
  'a %s whose own decision is %s, where %s stands: %s, or %s when published',
  (name, own, stands, ...by) => {
    const state = { own: own && row(own), decision: stands && row(stands) };
    const record = { ...RECORDS[name], offset: 7n };

    const standings = [7n, 8n].map((publishedBelow) => standingOf(record, state, { publishedBelow, dryRun: false }));

    expect(standings).toEqual(by);
  },
);

test('a dry run leaves nothing to compare with: it is decided until it was published', () => {
  const state = { own: null, decision: null };
  const standings = [7n, 8n].map((publishedBelow) =>
    standingOf({ ...RECORDS.first, offset: 7n }, state, { publishedBelow, dryRun: true }),
  );
  expect(standings).toEqual(['undecided', 'repeat']);
});

test('a retry and a redrive are later attempts', () => {
  expect(Object.values(RECORDS).map(isLaterAttempt)).toEqual([false, true, true]);
});

describe('waves', () => {
  const request = (offset: number, shopId: string, failure: ShopRequest['failure'] = null) =>
    ({ record: { offset: BigInt(offset) }, shopId, failure }) as ShopRequest;
  const offsets = (waves: readonly (readonly ShopRequest[])[]) =>
    waves.map((wave) => wave.map(({ record }) => Number(record.offset)));

  test('hold each shop once, in the order of its requests', () => {
    const requests = [request(0, 'a'), request(1, 'b'), request(2, 'a'), request(3, 'c'), request(4, 'a')];
    expect(offsets(inWaves(requests))).toEqual([[0, 1, 3], [2], [4]]);
    expect(inWaves([])).toEqual([]);
  });

  test('bring what is broken last', () => {
    const broken = { code: 'RECORD_UNDECODABLE', message: 'x' } as const;
    const requests = [request(0, 'a', broken), request(1, 'b', broken), request(2, 'a'), request(3, 'c')];
    expect(offsets(inWaves(requests))).toEqual([[1, 2, 3], [0]]);
  });
});

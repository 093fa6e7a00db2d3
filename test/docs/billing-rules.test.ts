/** The worked examples of docs/billing-rules.md are facts in docs/examples, billed here. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decideShop } from '../../src/consumers/decide-shop.ts';
import { loadShopFacts } from '../../src/consumers/load-shop-facts.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import { formatMinor } from '../../src/domain/money.ts';
import { givenBiller } from '../consumers/given-biller.ts';
import { purchase } from '../support/facts.ts';
import { createMemoryWorld } from '../support/memory-world.ts';
import { codeRows, headings, prose, ROOT } from './pages.ts';

const PAGE = 'docs/billing-rules.md';
const facts = readFileSync(`${ROOT}docs/examples/october.ndjson`, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { shopId?: string });

test('the examples come out as the page says', async () => {
  const world = createMemoryWorld();
  await world.tell(...facts);
  const shopIds = [...new Set(facts.flatMap(({ shopId }) => shopId ?? []))].sort();
  const period = calendarMonth('2026-10', 'UTC');
  const pins = await world.pins();
  const state = { sequence: 0, settledByRunId: null, invoicesIssued: 0, credits: [], cancelled: false };
  const loaded = await loadShopFacts({ ledger: world.ledger, shopIds, states: shopIds.map(() => state), period, pins });

  const outcomes = shopIds.map((shopId, index) => {
    const record = {
      topic: 'shop-requests',
      partition: 0,
      offset: 0n,
      timestamp: 0,
      key: shopId,
      value: null,
    } as const;
    const { outcome, events } = decideShop({
      ...world,
      run: {
        ...{ runId: 'r', requestId: 'run-requests/0/0', period, dryRun: false, force: false, named: false, pins },
        ...{ trigger: { source: 'cli', actor: null, deliveryId: null }, requestedAt: 0, startedAt: 0 },
        ...{ expectedShops: shopIds.length, manifestSha256: '', unbillableShopsWithUsage: null },
      },
      request: { record: { ...record, headers: {} }, causationId: 'c', shopId, failure: null },
      state,
      pins: null,
      loaded: loaded[index]!,
      now: world.clock.now(),
    });
    const [event] = events;
    if (event?.type === 'ShopBillFailed') return [shopId, outcome, event.data.code];
    if (event?.type !== 'ShopBillCalculated') return [shopId, outcome, ''];
    return [shopId, outcome, formatMinor(event.data.totalMinor, event.data.currencyExponent)];
  });

  const examples = codeRows(PAGE).filter((cells) => cells.length === 4);
  expect(examples.map((cells) => cells.slice(0, 3))).toEqual(outcomes);
});

test('the example of carried credit comes out as the page says', async () => {
  const world = createMemoryWorld();
  const biller = givenBiller(world);
  await world.tell(...facts.filter(({ shopId }) => shopId === 'credit'));
  await world.tell(purchase('credit', 'november', '100.00', { occurredAt: '2026-11-10T12:00:00Z' }));
  await biller.planned('october', { month: '2026-10', shopIds: ['credit'] });
  await biller.planned('november', { month: '2026-11', shopIds: ['credit'] });
  const requests = ['october', 'november'].map((runId) => biller.request(runId, 'credit'));

  const events = await biller.eventsOf(await biller.publishedBy(requests));

  const bills = events.flatMap(({ type, data }) => (type === 'ShopBillCalculated' ? [data] : []));
  expect(bills.map(({ totalMinor, creditMinor }) => [totalMinor, creditMinor])).toEqual([
    [-150n, 0n],
    [150n, 150n],
  ]);
  expect(prose(PAGE).replaceAll(/\n> ?/g, ' ')).toContain(
    'Example `credit`: October ended at −1.50. In November 100.00 × 3 % = 3.00, less 1.50 carried: total 1.50.',
  );
});

test('the sections that the code refers to as DOMAIN are there', () => {
  const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((path) => readFileSync(`${ROOT}${path}`, 'utf8'));
  const named = new Set(sources.flatMap((text) => [...text.matchAll(/DOMAIN "([^"]+)"/g)].map((match) => match[1]!)));

  expect(named.size).toBeGreaterThan(0);
  expect(headings(PAGE)).toEqual(expect.arrayContaining([...named]));
});

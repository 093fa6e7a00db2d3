import { expect, it } from 'vitest';
import { toDocument, toText } from '../../src/cli/what-if.ts';
import { parseWhatIf } from '../../src/cli/what-if-plans.ts';
import { whatIf, type WhatIfShop } from '../../src/consumers/what-if.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import { billableShop, shop } from '../support/facts.ts';
import { createMemoryWorld } from '../support/memory-world.ts';

async function given(overrides: unknown, shopIds: string[] | null = null): Promise<WhatIfShop[]> {
  const world = createMemoryWorld();
  await world.tell(...billableShop('a', '2000.00'), ...billableShop('b', '100.00'), shop('without-plan'));
  const change = parseWhatIf(JSON.stringify(overrides));
  const asked = { shopIds, period: calendarMonth('2026-10', 'UTC'), pins: await world.pins(), now: 0, change };
  const shops: WhatIfShop[] = [];
  for await (const page of whatIf(world, asked)) shops.push(...page);
  return shops;
}

const amounts = (shops: readonly WhatIfShop[]) =>
  shops.map(({ shopId, before, after }) => [shopId, before.totalMinor, after.totalMinor]);

it('rates all shops under other plans, later overrides over earlier ones', async () => {
  const overrides = [
    { terms: { type: 'revenue_share', rate: '0.05' } },
    { shopIds: ['b'], minimumFee: '9.00' },
    { shopIds: ['b'], minimumFee: '7.50' },
    { currency: 'EUR', minimumFee: '500.00' },
  ];
  expect(amounts(await given(overrides))).toEqual([
    ['a', 6_000n, 10_000n],
    ['b', 300n, 750n],
  ]);
});

it('adds up by currency, and shows what changes', async () => {
  const shops = await given([{ shopIds: ['a'], discountRate: '0.5' }]);

  const document = toDocument(shops, { start_date: '2026-10-01', end_date: '2026-10-31' });

  expect(document.totals).toEqual([{ currency: 'USD', before: '63.00', after: '33.00', difference: '-30.00' }]);
  expect(document.shops).toMatchObject([
    { shop_id: 'a', difference: '-30.00' },
    { shop_id: 'b', difference: '0.00' },
  ]);
  expect(toText(shops, null)).toContain('2 shops looked at, 1 would change');
});

it('names shops that cannot be billed when they are asked for, and what fails only then', async () => {
  const shops = await given([{ shopIds: ['a'], minimumFee: '9.00', maximumFee: '1.00' }], ['a', 'without-plan']);

  expect(shops).toMatchObject([
    { shopId: 'a', before: { outcome: 'calculated' }, after: { outcome: 'failed' } },
    { shopId: 'without-plan', before: { outcome: 'skipped', reason: 'no_plan' } },
  ]);
  expect(shops[0]!.after.reason).toMatch(/^PLAN_NOT_RATABLE: /);
});

it('says whose plan an amount does not fit', async () => {
  await expect(given([{ minimumFee: '5.001' }])).rejects.toThrow(/plan of shop a: minimumFee/);
});

it('changes nothing in the ledger', async () => {
  const world = createMemoryWorld();
  await world.tell(...billableShop('a', '2000.00'));
  const asked = { shopIds: ['a'], period: calendarMonth('2026-10', 'UTC'), pins: await world.pins(), now: 0 };
  const read = async () => {
    for await (const page of whatIf(world, { ...asked, change: parseWhatIf('[{"taxRate":"0.2"}]') }))
      return amounts(page);
  };
  expect(await read()).toEqual(await read());
  expect(await read()).toEqual([['a', 6_000n, 7_200n]]);
});

it('reports every mistake in the file with its place', () => {
  const file = [{ minimumFee: 5 }, { rate: '0.03' }, 'all', { shopIds: 'a', taxRate: '2 %' }, { minimumFee: '1.00' }];
  const read = () => parseWhatIf(JSON.stringify(file));

  expect(read).toThrow(/\[0\]: minimumFee/);
  expect(read).toThrow(/\[1\]: "rate" cannot be changed/);
  expect(read).toThrow(/\[2\]: is no object/);
  expect(read).toThrow(/\[3\]: shopIds must be a list/);
  expect(read).toThrow(/\[3\]: taxRate/);
  expect(read).not.toThrow(/\[4\]/);
  expect(() => parseWhatIf('{')).toThrow(/no JSON/);
  expect(() => parseWhatIf('{}')).toThrow(/must be a list/);
});

import { beforeEach, describe, expect, test } from 'vitest';
import type { LogRecord, OutRecord } from '../../src/adapters/log.ts';
import {
  replayPeriod,
  type ReplayDifference,
  type ReplayPeriodDependencies,
} from '../../src/consumers/replay-period.ts';
import { RULES_VERSION } from '../../src/domain/shop-bill.ts';
import { billableShop, plan, purchase } from '../support/facts.ts';
import { batchOf, createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';
import { givenBiller } from './given-biller.ts';

let world: MemoryWorld;
let { planned, request, command, publishedBy }: ReturnType<typeof givenBiller> = givenBiller(createMemoryWorld());
/** What stands on shop-requests. */
let requests: LogRecord[];

beforeEach(async () => {
  world = createMemoryWorld();
  ({ planned, request, command, publishedBy } = givenBiller(world));
  requests = [];
  await world.tell(...billableShop('a', '100.00'), ...billableShop('b', '200.00'));
  await planned('run-1', { shopIds: ['a', 'b', 'c'] });
  await asked([request('run-1', 'a'), request('run-1', 'b')]);
});

async function asked(records: readonly OutRecord[]): Promise<OutRecord[]> {
  const from = BigInt(requests.length);
  requests.push(...batchOf(records, { from }).records);
  return publishedBy(records, { from, publishedBelow: from });
}

async function replayed(over: Partial<ReplayPeriodDependencies> = {}) {
  const log: ReplayPeriodDependencies['log'] = {
    read: async function* ([range]) {
      yield requests.filter(({ offset }) => offset >= range!.from && offset < range!.to);
    },
  };
  const found: ReplayDifference[] = [];
  let decisions = 0;
  for await (const page of replayPeriod({ ...world, log, ...over }, '2026-10-01')) {
    found.push(...page.differences);
    decisions = page.decisions;
  }
  return { decisions, found };
}

const pathsOf = ({ fields }: ReplayDifference) => fields.map(({ path }) => path);

describe('given a month that was billed', () => {
  test('when nothing changed since, then every decision comes out the same', async () => {
    expect(await replayed()).toEqual({ decisions: 2, found: [] });
  });

  test('when facts came late, then today would differ, and what was decided still comes out', async () => {
    await world.tell(purchase('a', 'late', '500.00'));

    const { found } = await replayed();

    expect(found).toMatchObject([{ shopId: 'a', pins: 'current', cause: 'late_facts', decidedOutcome: 'invoiced' }]);
    expect(found[0]!.fields).toContainEqual({
      path: 'InvoiceCreated.totalMinor',
      decided: 300n,
      recomputed: 1_800n,
    });
  });

  test('when a plan was corrected since, then it is named as the reason', async () => {
    await world.tell(plan('b', { terms: { type: 'revenue_share', rate: '0.05' } }));

    const { found } = await replayed();

    expect(found).toMatchObject([{ shopId: 'b', pins: 'current', cause: 'plan' }]);
  });

  test('when the ledger lost a fact, then the decision differs at its own pins', async () => {
    const loadUsage = async (query: Parameters<typeof world.ledger.loadUsage>[0]) => {
      const usage = await world.ledger.loadUsage(query);
      return usage.map((window, at) => (query.windows[at]!.shopId === 'a' ? { ...window, currencies: [] } : window));
    };

    const { found } = await replayed({ ledger: { ...world.ledger, loadUsage } });

    expect(found).toMatchObject([
      { shopId: 'a', pins: 'stored', cause: 'inputs', decidedOutcome: 'invoiced', recomputedOutcome: 'zero' },
    ]);
    expect(pathsOf(found[0]!)).toContain('ShopBillCalculated.totalMinor');
  });

  test('when an older program decided, then its version is the reason', async () => {
    const { register } = world;
    const older = {
      ...register,
      billsOfPeriod: async (query: Parameters<typeof register.billsOfPeriod>[0]) =>
        Promise.all((await register.billsOfPeriod(query)).map((row) => withRulesVersion(row, RULES_VERSION - 1))),
    };

    const { found } = await replayed({ register: older });

    expect(found.map(({ shopId, pins, cause }) => [shopId, pins, cause])).toEqual([
      ['a', 'stored', 'rules_version'],
      ['b', 'stored', 'rules_version'],
    ]);
    expect(pathsOf(found[0]!)).toEqual(['ShopBillCalculated.rulesVersion']);
  });

  test('when an invoice was voided, then nothing is owed that could differ today', async () => {
    const [, issued] = await world.register.billsOfPeriod({ periodStartDate: '2026-10-01', after: null, limit: 9 });
    const { invoiceId, invoiceNumber } = issued!;
    await asked([command('InvoiceVoidRequested', 'b', { invoiceId: invoiceId!, invoiceNumber: invoiceNumber! })]);
    await world.tell(purchase('b', 'late', '500.00'));

    expect(await replayed()).toEqual({ decisions: 2, found: [] });
  });

  test('when a request could not be read, then its failure comes out again, also when the log lost the request', async () => {
    const good = request('run-1', 'c');
    await asked([{ ...good, value: Buffer.from('broken'), headers: { ...good.headers, ce_correlationid: 'run-1' } }]);

    expect(await replayed()).toEqual({ decisions: 3, found: [] });
    requests.pop();
    expect(await replayed()).toEqual({ decisions: 3, found: [] });
  });
});

async function withRulesVersion<Row extends { records: readonly OutRecord[]; decidedAt: number }>(
  row: Row,
  rulesVersion: number,
): Promise<Row> {
  const decoded = await world.codec.decode(batchOf(row.records).records);
  const records = decoded.map((one) => {
    if ('problem' in one || one.message.type !== 'ShopBillCalculated') return one.record;
    const { message, envelope, record } = one;
    const data = { ...message.data, rulesVersion };
    return world.codec.encode('events', record.key!, message.type, data, envelope);
  });
  return { ...row, records };
}

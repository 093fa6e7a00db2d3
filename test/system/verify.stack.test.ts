/** `verify`: agrees on what was billed, and says where it was tampered with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Log, LogRecord } from '../../src/adapters/log.ts';
import { createPool } from '../../src/adapters/postgres.ts';
import type { MessageByType } from '../../src/domain/messages.ts';
import type { CheckName, VerificationReport } from '../../src/verification/report.ts';
import { verifyPeriod } from '../../src/verification/verify-period.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop, purchase, refund } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { billerCaughtUp } from '../support/reset-biller.ts';
import { runCli } from '../support/run-cli.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'docs', 'examples', 'october.ndjson');

let world: TestApp;

/** All worked examples over three months, with a release, a void with a second invoice, a credit note, late facts. */
beforeAll(async () => {
  world = await openTestApp({ variables: { RETRY_DELAYS: '10ms' } });
  const examples = readFileSync(EXAMPLES, 'utf8').trim().split('\n');
  await world.importLines(examples.map((line) => JSON.parse(line) as object));
  await world.importLines([...billableShop('noted', '100.00'), ...billableShop('voided-once', '100.00')]);
  await world.bill({ period: '2026-08' });
  await world.bill({ period: '2026-09' });
  await world.importLines([
    purchase('bands', 'late', '70.00', { occurredAt: '2026-09-03T00:00:00Z' }),
    refund('bands', 'r-late', 'late', '30.00', { occurredAt: '2026-09-05T00:00:00Z' }),
  ]);
  await world.bill();
  const invoices = await world.invoices();
  const asked = { reason: 'a mistake', actor: 'ann', requestedAt: world.app.clock.now() };
  const of = (shopId: string) => {
    const { invoiceId, invoiceNumber } = invoices.find((invoice) => invoice.shopId === shopId)!;
    return { shopId, invoiceId, invoiceNumber, ...asked };
  };
  const [held] = (await world.app.readModels.listHeldBills({ cursor: null, limit: 10 })).items;
  const { codec, log, clock } = world.app;
  const envelope = (id: string) => ({ id, correlationId: null, causationId: null, time: clock.now() });
  const note: MessageByType['CreditNoteRequested'] = {
    ...{ ...of('noted'), currency: 'USD', currencyExponent: 2, amountMinor: 50n },
  };
  await log.publish([
    codec.encode('shop-requests', 'noted', 'CreditNoteRequested', note, envelope('c1')),
    codec.encode('shop-requests', 'voided-once', 'InvoiceVoidRequested', of('voided-once'), envelope('c2')),
    codec.encode(
      'shop-requests',
      'held',
      'HoldReleaseRequested',
      { shopId: 'held', billId: held!.billId, ...asked },
      envelope('c3'),
    ),
  ]);
  await billerCaughtUp(world.app);
  await world.importLines([purchase('voided-once', 'later', '10.00')]);
  await world.bill({ period: '2026-10', force: true, shopIds: ['voided-once', 'bands'] });
}, 120_000);

afterAll(() => world[Symbol.asyncDispose]());

/** @param tampering statements that only this verification sees: they are rolled back */
async function verified({
  period = '2026-10-01',
  log = world.app.log,
  tampering = [],
  recordsAtOnce = 100_000,
}: {
  period?: string;
  log?: Pick<Log, 'read' | 'endOffsets'>;
  tampering?: readonly string[];
  recordsAtOnce?: number;
} = {}): Promise<VerificationReport> {
  // One connection, so that everything is read inside the transaction.
  const pool = createPool({ databaseUrl: world.environment['DATABASE_URL']!, applicationName: 'test', max: 1 });
  try {
    await pool.query('begin');
    for (const statement of tampering) expect((await pool.query(statement)).rowCount, statement).toBeGreaterThan(0);
    return await verifyPeriod({ ...world.app, pool, log }, period, { recordsAtOnce });
  } finally {
    await pool.query('rollback');
    await pool.end();
  }
}

const told = ({ findings }: VerificationReport) =>
  findings.map(({ check, place, message }) => `${check}: ${place}: ${message}`);

test.each(['2026-08-01', '2026-09-01', '2026-10-01'])('the month of %s agrees', async (period) => {
  // What a run came to is announced anew while corrections are folded.
  await eventually(async () => expect(told(await verified({ period }))).toEqual([]));
  // The same whatever the shops are divided into.
  const { checks, findings } = await verified({ period, recordsAtOnce: 60 });
  expect(findings).toEqual([]);
  expect(checks).toEqual((await verified({ period })).checks);
  const examined = (name: CheckName) => checks.find(({ check }) => check === name)!.examined;
  expect(examined('facts')).toBeGreaterThan(50);
  // The late facts of September are in October's bill.
  expect(examined('adjustments')).toBeGreaterThan(0);
});

test('the command tells the same, as a table and as one document', async () => {
  await eventually(async () => expect(told(await verified())).toEqual([]));
  const command = (...args: string[]) => runCli(['verify', '--period', '2026-10', ...args], world.environment);

  const [table, json] = [await command(), await command('--json')];

  expect([table.code, json.code]).toEqual([0, 0]);
  expect(table.stdout).toMatch(/^facts +\d+ +0 .*\n[^]*\nEverything agrees\.\n$/m);
  expect(JSON.parse(json.stdout)).toMatchObject({ period: '2026-10', findings: [] });
});

/** What is done to a table, and what of the findings names it. */
const TAMPERINGS: readonly (readonly [what: string, statement: string, told: RegExp])[] = [
  [
    'an attributed amount',
    `update purchases set amounts_minor = '{1}', attributed_minor = 1 where shop_id = 'share' and order_id = 'share-1'`,
    /facts: table purchases, row of usage\/\d+\/\d+: amounts_minor is \["1"\], not \["200000"\]/,
  ],
  ['an order total', `update purchases set order_total_minor = 7 where shop_id = 'bands'`, /order_total_minor is 7/],
  ['a time', `update purchases set occurred_at_ms = 0 where shop_id = 'bands'`, /purchases.*occurred_at_ms is 0/],
  ['a currency', `update purchases set currency = 'EUR' where shop_id = 'bands'`, /currency is EUR, not USD/],
  ['a line', `update purchases set line_quantities = '{9}' where shop_id = 'raw'`, /line_quantities is \[9\]/],
  ['a status', `update purchases set test = true where shop_id = 'raw'`, /test is true, not false/],
  [
    'a lost order',
    `delete from purchases where shop_id = 'share' and order_id = 'share-1'`,
    /table purchases.*is missing/,
  ],
  [
    'an order of nobody',
    `insert into purchases select occurred_at_ms, order_total_minor, attributed_minor, recorded_at_ms, log_offset,
       log_partition, slot, currency_exponent, contested, raw, test, 'stranger', order_id, currency, customer_id,
       session_id, channels, amounts_minor, financial_status, line_product_ids, line_quantities, line_prices_minor
     from purchases where shop_id = 'bands' limit 1`,
    /table purchases, row of usage\/\d+\/\d+: the log has no such fact there \(shop stranger\)/,
  ],
  [
    'a refund',
    `update refunds set refund_total_minor = 1 where shop_id = 'refunded'`,
    /table refunds.*refund_total_minor/,
  ],
  ['a lost refund', `delete from refunds where shop_id = 'refunded'`, /table refunds: PurchaseRefunded.*is missing/],
  [
    'a touch',
    `update interactions set channel = 'atlas' where shop_id = 'raw'`,
    /table interactions.*channel is atlas/,
  ],
  ['a plan', `update plan_versions set terms = jsonb_set(terms, '{ratePpm}', '1') where shop_id = 'share'`, /terms is/],
  ['a bound', `update plan_versions set minimum_fee_minor = 1 where shop_id = 'minimum'`, /minimum_fee_minor is 1/],
  ['a shop', `update shop_registrations set status = 'paused' where shop_id = 'share'`, /status is paused, not active/],
  ['a quote', `update fx_quotes set rate_unscaled = 1 where base = 'EUR'`, /table fx_quotes.*rate_unscaled is 1/],
  ['a lost quote', `delete from fx_quotes where base = 'JPY'`, /table fx_quotes.*is missing/],
  [
    'bytes of a decision',
    `update bill_register set records = '\\x00' where shop_id = 'share'`,
    /bill_register, shop share/,
  ],
  [
    'bytes of another decision',
    `update bill_register set records = (select records from bill_register where shop_id = 'cents' limit 1)
     where shop_id = 'bands' and outcome = 'invoiced'`,
    /bill_register, shop bands, sequence \d+: the column records is not what stands at events/,
  ],
  ['an outcome', `update bill_register set outcome = 'zero' where shop_id = 'share'`, /outcome is zero, not invoiced/],
  ['a total', `update bill_register set total_minor = 1 where shop_id = 'share'`, /total_minor is 1/],
  [
    'a number',
    `update bill_register set issued_number = 'INV-2026-000999' where shop_id = 'share' and issued_number is not null`,
    /register: .*issued_number is INV-2026-000999/,
  ],
  ['what settles', `update bill_register set settles = false where shop_id = 'share'`, /settles is false, not true/],
  [
    'what stands',
    `update bill_register set "current" = false, settles = false where shop_id = 'share'`,
    /current is false/,
  ],
  ['a request', `update bill_register set source_offset = 999 where shop_id = 'share'`, /its request is .*\/999/],
  [
    'a lost decision',
    `delete from bill_register where shop_id = 'share'`,
    /shop share, sequence \d+: missing: the decision/,
  ],
  ['a head', `update shop_heads set sequence = 99 where shop_id = 'share'`, /shop_heads, shop share: sequence is 99/],
  ['a lost head', `delete from shop_heads where shop_id = 'share'`, /table shop_heads, shop share: sequence is 0/],
  [
    'a series',
    `update invoice_series set last_number = 99 where series like 'INV%'`,
    /series INV-\d+: last_number is 99/,
  ],
  ['a credit', `update shop_credits set amount_minor = 999`, /table shop_credits, shop credit, .*amount_minor is 999/],
  ['a spent credit', `update shop_credits set used_minor = 1`, /credits: table shop_credits.*used_minor is 1, not 0/],
  ['a lost credit', `delete from shop_credits`, /table shop_credits, shop credit, bill .*: missing/],
  [
    'a planned shop',
    `delete from billing_run_shops where shop_id = 'share'`,
    /shop share: the run never had this shop/,
  ],
  ['the size of a run', `update billing_runs set expected_shops = 3`, /table billing_runs.*expected_shops is 3/],
  ['the pins of a run', `update billing_runs set pins = '[]'`, /table billing_runs.*pins is/],
  ['a lost run', `delete from billing_runs`, /table billing_runs, run .*: missing: the run began at run-events/],
  [
    'a result',
    `update read_models.shop_results set outcome = 'zero' where shop_id = 'share'`,
    /read_models\.shop_results, run .*, shop share: outcome is zero, not invoiced/,
  ],
  [
    'a lost result',
    `delete from read_models.shop_results where shop_id = 'share'`,
    /shop_results, run .*shop share: missing/,
  ],
  [
    'an invoice',
    `update read_models.invoices set total_minor = 1 where shop_id = 'share'`,
    /read_models\.invoices, INV.*total_minor is 1/,
  ],
  [
    'an invoice line',
    `update read_models.invoices set lines = '[]' where shop_id = 'share'`,
    /invoices, INV.*lines is \[\]/,
  ],
  [
    'a lost invoice',
    `delete from read_models.invoices where shop_id = 'share'`,
    /read_models\.invoices, INV.*: missing/,
  ],
  [
    'an invoice that is voided',
    `update read_models.invoices set voided = true where shop_id = 'share'`,
    /invoices, INV.*: is voided, and the log has no InvoiceVoided/,
  ],
  [
    'a counter',
    `update read_models.run_outcomes set shops = shops + 1 where outcome = 'zero'`,
    /run_outcomes, run .*: outcomes is/,
  ],
  ['a sum', `update read_models.run_outcomes set fees_minor = 1 where currency = 'KWD'`, /fees in KWD is 1, not 615/],
  ['a held bill', `delete from read_models.held_bills`, /read_models\.held_bills, shop held.*: missing/],
  [
    'a credit note',
    `update read_models.credit_notes set amount_minor = 1`,
    /credit_notes, CN-\d+-000001: amount_minor is 1/,
  ],
];

test.each(TAMPERINGS)('%s changed in the database is found', async (_, statement, place) => {
  const report = await verified({ tampering: [statement] });

  expect(told(report).join('\n')).toMatch(place);
});

describe('on a log', () => {
  /** The log as it is, but for what a test does to its records. */
  const changed = (change: (record: LogRecord) => LogRecord[]): Pick<Log, 'read' | 'endOffsets'> => ({
    endOffsets: (topics) => world.app.log.endOffsets(topics),
    read: async function* (ranges) {
      for await (const records of world.app.log.read(ranges)) yield records.flatMap(change);
    },
  });
  const without = (type: string, key: string) =>
    changed((record) => (record.headers['ce_type'] === type && record.key === key ? [] : [record]));

  test.each([
    ['InvoiceCreated', 'share', /invoices: events\/.*: a bill that is invoiced, without its InvoiceCreated/],
    ['InvoiceCreated', 'share', /numbers: series INV-\d+: the log has no \d+/],
    ['ShopBillCalculated', 'share', /invoices: events\/.*no bill .* is on the log/],
    [
      'InvoiceVoided',
      'voided-once',
      /sequences: events\/.*: events of decision \d+ about shop voided-once are not on the log/,
    ],
    ['PurchaseAttributed', 'share', /revenue: events\/.*attributedMinor of segment 0 .* is 300000, not 0/],
    ['PurchaseAttributed', 'share', /facts: table purchases.*the log has no such fact there \(shop share\)/],
    ['PurchaseRefunded', 'refunded', /refundedMinor of segment 0 .* is 3000, not 0/],
    ['InteractionRecorded', 'raw', /attributedMinor of segment 0 .* is 3998, not 0/],
    ['CreditNoteIssued', 'noted', /register: table bill_register, shop noted, sequence \d+: the log has no event/],
    ['BillHoldReleased', 'held', /bill_register, shop held, sequence \d+: kind is release/],
  ] as const)('without %s of %s it does not agree', async (type, key, place) => {
    expect(told(await verified({ log: without(type, key) })).join('\n')).toMatch(place);
  });

  test.each([
    ['ShopBillCalculated', 'bands', 'subtotalMinor', /bills: events\/.*subtotalMinor is/],
    ['ShopBillCalculated', 'bands', 'totalMinor', /invoices: events\/.* \(INV-.*totalMinor is/],
    ['InvoiceCreated', 'bands', 'totalMinor', /invoices: events\/.* \(INV-.*totalMinor is/],
    [
      'ShopBillCalculated',
      'bands',
      'adjustments',
      /adjustments: events\/.*what it adjusts 2026-09-01 by is 0, not \d+/,
    ],
    ['ShopBillCalculated', 'bands', 'segments', /revenue: events\/.*the number of segments is 0, not 1/],
    ['ShopBillCalculated', 'credit', 'totalMinor', /credits: table shop_credits, shop credit.*amount_minor is/],
    ['InvoiceCreated', 'bands', 'lines', /invoices: events\/.*lines is \[\]/],
  ] as const)('with a %s of %s with another %s it does not agree', async (type, key, field, place) => {
    const { codec, log } = world.app;
    const bytes = new Map<string, Buffer | null>();
    for (const { record, message, envelope } of await readTopic(world.app, 'events')) {
      if (message.type !== type || record.key !== key) continue;
      const data = message.data as unknown as Record<string, unknown>;
      const other: unknown = {
        ...data,
        [field]: typeof data[field] === 'bigint' ? data[field] + 1n : [],
      };
      const at = `${record.partition}/${record.offset}`;
      bytes.set(at, codec.encode('events', key, type, other as never, envelope).value);
    }
    expect(bytes.size).toBeGreaterThan(0);
    const altered: Pick<Log, 'read' | 'endOffsets'> = {
      endOffsets: (topics) => log.endOffsets(topics),
      read: async function* (ranges) {
        for await (const records of log.read(ranges)) {
          yield records.map((record) => {
            const value = record.topic === 'events' ? bytes.get(`${record.partition}/${record.offset}`) : undefined;
            return value === undefined ? record : { ...record, value };
          });
        }
      },
    };

    expect(told(await verified({ log: altered })).join('\n')).toMatch(place);
  });

  test('with an event that stands there twice it does not agree', async () => {
    const twice = changed((record) => {
      const isIt = record.headers['ce_type'] === 'InvoiceCreated' && record.key === 'share';
      return isIt ? [record, { ...record, offset: record.offset + 1_000n }] : [record];
    });

    const report = await verified({ log: twice });

    expect(told(report).join('\n')).toMatch(
      /settlement: events\/\d+\/1\d+: InvoiceCreated of decision \d+ was published/,
    );
  });
});

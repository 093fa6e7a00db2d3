/** A biller group set back to the beginning, as an operator would do it: everything is compared, nothing issued twice. */
import pg from 'pg';
import { expect, test } from 'vitest';
import type { HoldDecisionRequested } from '../../src/domain/requests.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop, plan, purchase, suspiciousShop } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { billerCaughtUp, resetToBeginning, resetWithKafkasTool } from '../support/reset-biller.ts';
import { runCli } from '../support/run-cli.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

const SHOPS = Array.from({ length: 30 }, (_, index) => `shop-${index}`);

/** A month with bills, a failure, a released, a rejected and a voided one, and a credit note. Billers have stopped. */
async function billedMonth(world: TestApp): Promise<void> {
  await world.importLines([
    ...SHOPS.flatMap((shopId) => billableShop(shopId, '100.00')),
    ...billableShop('broken', '100.00'),
    plan('broken', { effectiveFrom: '2026-10-10', currency: 'EUR' }),
    ...suspiciousShop('released', '2000.00'),
    ...suspiciousShop('rejected', '2000.00'),
  ]);
  const biller = await world.app.startRoles(['biller']);
  await world.bill();
  await world.bill({ dryRun: true });
  const bills = (await readTopic(world.app, 'events')).flatMap(({ message }) =>
    message.type === 'ShopBillCalculated' ? [message.data] : [],
  );
  const hold = (shopId: string): HoldDecisionRequested => ({
    shopId,
    billId: bills.find((bill) => bill.shopId === shopId)!.billId,
    reason: 'looked at it',
    actor: 'ann',
    requestedAt: world.app.clock.now(),
  });
  const invoices = await world.invoices();
  const invoice = (shopId: string) => {
    const { invoiceId, invoiceNumber } = invoices.find((one) => one.shopId === shopId)!;
    const asked = { reason: 'a mistake', actor: 'ann', requestedAt: world.app.clock.now() };
    return { shopId, invoiceId, invoiceNumber, ...asked };
  };
  const note = { ...invoice('shop-2'), currency: 'USD', currencyExponent: 2, amountMinor: 50n };
  const { codec, log, clock } = world.app;
  const envelope = (id: string) => ({ id, correlationId: null, causationId: null, time: clock.now() });
  await log.publish([
    codec.encode('shop-requests', 'released', 'HoldReleaseRequested', hold('released'), envelope('c1')),
    codec.encode('shop-requests', 'rejected', 'HoldRejectRequested', hold('rejected'), envelope('c2')),
    codec.encode('shop-requests', 'shop-1', 'InvoiceVoidRequested', invoice('shop-1'), envelope('c3')),
    codec.encode('shop-requests', 'shop-2', 'CreditNoteRequested', note, envelope('c4')),
  ]);
  await billerCaughtUp(world.app);
  await biller.stop();
  // What people decided changes what the run came to, and that is announced once it is projected.
  await eventually(async () => {
    const announced = (await readTopic(world.app, 'run-events')).flatMap(({ message: { type, data } }) =>
      type === 'BillingRunCompleted' && !data.dryRun ? [data] : [],
    );
    expect(announced.at(-1)?.outcomes).toEqual({ invoiced: 30, rejected: 1, voided: 1, failed: 1 });
  });
}

/** Once more from the beginning, by billers of their own. */
async function replay({ app, config }: TestApp, { withTool = false } = {}): Promise<void> {
  await (withTool ? resetWithKafkasTool(config) : resetToBeginning(config));
  const again = await app.startRoles(['biller']);
  await billerCaughtUp(app);
  await again.stop();
}

const published = (world: TestApp) => {
  const topics = ['events', 'dry-run-events', 'shop-requests.dlq', 'run-events'] as const;
  return Promise.all(topics.map(async (topic) => (await readTopic(world.app, topic)).length));
};

async function inDatabase(world: TestApp, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: world.environment['DATABASE_URL'] });
  await client.connect();
  try {
    expect((await client.query(statement)).rowCount).toBe(1);
  } finally {
    await client.end();
  }
}

test('reset to the beginning, ten times over, a period publishes nothing more', async () => {
  await using world = await openTestApp({ withRoles: false });
  const others = await world.app.startRoles(['ingester', 'planner', 'projector']);
  await billedMonth(world);
  // 32 bills, two of them held and flagged, 30 invoices, a failure; the release with its invoice, the reject, void, note.
  await eventually(async () => expect((await published(world)).slice(0, 3)).toEqual([32 + 2 + 30 + 1 + 5, 35, 2]));
  const once = await published(world);
  const invoices = await world.invoices();

  for (let time = 0; time < 10; time += 1) await replay(world, { withTool: time === 0 });

  expect(await published(world)).toEqual(once);
  expect(await world.invoices()).toEqual(invoices);
  await others.stop();
});

test('an amount changed in the ledger is one divergence, whoever replays, and no invoice changes', async () => {
  await using world = await openTestApp({ withRoles: false });
  const others = await world.app.startRoles(['ingester', 'planner', 'projector']);
  await billedMonth(world);
  const before = await published(world);
  const invoices = await world.invoices();
  const command = (...args: string[]) => runCli(['replay', '--period', '2026-10', ...args], world.environment);
  expect(await command()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^33 decisions made again/) as string,
  });

  await inDatabase(
    world,
    `update purchases set amounts_minor = '{20000}', attributed_minor = 20000 where shop_id = 'shop-7'`,
  );
  await world.importLines([purchase('shop-8', 'late', '50.00')]);
  await eventually(async () => {
    const { code, stdout } = await command('--json');
    expect(code).toBe(1);
    const told = JSON.parse(stdout) as { decisions: number; differences: Record<string, unknown>[] };
    expect(told.decisions).toBe(33);
    expect(told.differences.map(({ shop_id, pins, cause }) => [shop_id, pins, cause])).toEqual([
      ['shop-7', 'stored', 'inputs'],
      ['shop-8', 'current', 'late_facts'],
    ]);
  });
  expect(await published(world)).toEqual(before);
  await replay(world);

  const diverged = (await readTopic(world.app, 'events')).filter(({ message }) => message.type === 'ShopBillDiverged');
  expect(diverged.map(({ record }) => record.key)).toEqual(['shop-7']);
  expect(await published(world)).toEqual([before[0]! + 1, ...before.slice(1)]);
  expect(await world.invoices()).toEqual(invoices);
  await others.stop();
});

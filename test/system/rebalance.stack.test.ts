/** Processes that come and go while shops are billed: one, then four, then two. */
import { expect, test } from 'vitest';
import type { RunningRoles } from '../../src/app.ts';
import { CONSUMER_ROLES } from '../../src/roles.ts';
import { billableShop } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { EVERY_SHOP, openTestApp } from '../support/test-app.ts';

const WAVES = 24;
const SHOPS_A_WAVE = 250;

test('one process, four, two: every shop has one invoice, and numbers have no gaps', async () => {
  await using world = await openTestApp({ withRoles: false });
  const start = async (): Promise<RunningRoles> => (await world.another()).startRoles(CONSUMER_ROLES);
  const waves = Array.from({ length: WAVES }, (_, wave) =>
    Array.from({ length: SHOPS_A_WAVE }, (_, index) => `shop-${wave}-${index}`),
  );
  const first = await start();
  await world.importLines(waves.flat().flatMap((shopId) => billableShop(shopId, '100.00')));
  const asked: string[] = [];
  async function billWave(): Promise<void> {
    const shopIds = waves[asked.length / SHOPS_A_WAVE]!;
    asked.push(...shopIds);
    const { runId } = await world.app.requestBillingRun({ ...EVERY_SHOP, shopIds });
    expect(await world.ended(runId)).toMatchObject({ status: 'completed', outcomes: { invoiced: SHOPS_A_WAVE } });
  }
  /** Wave after wave for as long as members come or go, so that there are always shops in hand. */
  async function billingWhile<T>(change: Promise<T>): Promise<T> {
    let isChanging = true;
    void change.finally(() => (isChanging = false)).catch(() => {});
    do await billWave();
    while (isChanging && asked.length < (WAVES - 2) * SHOPS_A_WAVE);
    return change;
  }

  await billWave();
  const [second, ...remaining] = await billingWhile(Promise.all([start(), start(), start()]));
  await billingWhile(Promise.all([first.stop(), second.stop()]));
  await billWave();

  const invoiced = (await readTopic(world.app, 'events')).filter(({ message }) => message.type === 'InvoiceCreated');
  expect(invoiced.map(({ record }) => record.key).sort()).toEqual(asked.sort());
  const numbers = (await world.invoices()).map(({ invoiceNumber }) => Number(invoiceNumber.split('-').at(-1)));
  expect(numbers.sort((a, b) => a - b)).toEqual(asked.map((_, index) => index + 1));
  await Promise.all(remaining.map((roles) => roles.stop()));
});

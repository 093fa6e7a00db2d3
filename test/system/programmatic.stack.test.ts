/** `createBillingScheduler`, as another program uses it. */
import { expect, test } from 'vitest';
import { createBillingScheduler } from '../../src/index.ts';
import { billableShop } from '../support/facts.ts';
import { openTestApp } from '../support/test-app.ts';

test('a program bills a month, looks at one shop and at the whole, and everything is released', async () => {
  await using world = await openTestApp({ withRoles: false });
  await world.importLines([...billableShop('a', '100.00'), ...billableShop('b', '200.00')]);
  await using scheduler = createBillingScheduler({ environment: world.environment });

  const dry = await scheduler.processShopBilling('a', { period: '2026-10', dryRun: true });
  const run = await scheduler.processMonthlyBilling({ period: '2026-10' });
  const again = await scheduler.processMonthlyBilling({ period: '2026-10' });

  expect(dry.shop_results).toMatchObject([{ shop_id: 'a', outcome: 'calculated', calculated_fee: '3.00' }]);
  expect(run).toMatchObject({ status: 'completed', expected_shops: 2, totals: [{ total_fees: '9.00' }] });
  expect(run.shop_results.map(({ invoice_number }) => invoice_number)).not.toContain(null);
  expect(again).toEqual(run);
  expect(await scheduler.getBillingStatus()).toMatchObject({ active_shops: 2, pending_invoices: 2 });
  await expect(scheduler.processMonthlyBilling({ period: '2026-13' })).rejects.toMatchObject({
    code: 'PERIOD_INVALID',
  });
});

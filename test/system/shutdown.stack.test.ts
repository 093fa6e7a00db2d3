/** `billing serve` asked to end in the middle of a run, as an orchestrator does it. */
import { expect, test } from 'vitest';
import { eventually } from '../contract/eventually.ts';
import { billableShop } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { startCli, type RunningCli } from '../support/run-cli.ts';
import { EVERY_SHOP, openTestApp, type TestApp } from '../support/test-app.ts';

/** More than all batches that may be in hand when the signal comes. */
const SHOPS = 6_000;
/** What docs/operations.md promises. */
const LONGEST_STOP_S = 20;

async function serve(world: TestApp): Promise<RunningCli> {
  const process = startCli(['serve'], { ...world.environment, PORT: '0', LOG_LEVEL: 'info' });
  for (const role of ['ingester', 'planner', 'biller', 'projector']) {
    await process.said(new RegExp(`"role":"${role}".*role started|role started.*"role":"${role}"`));
  }
  return process;
}

test('SIGTERM in the middle of a run ends it cleanly and in time, and the next one loses and repeats nothing', async () => {
  await using world = await openTestApp({ withRoles: false });
  const first = await serve(world);
  await world.importLines(Array.from({ length: SHOPS }, (_, index) => billableShop(`shop-${index}`, '100.00')).flat());
  const { runId } = await world.app.requestBillingRun(EVERY_SHOP);
  await eventually(async () => {
    const ends = await world.app.log.endOffsets(['events']);
    expect(ends.some(({ offset }) => offset > 0n)).toBe(true);
  });

  const askedAt = performance.now();
  first.child.kill('SIGTERM');
  const { code, stderr } = await first.ended;

  expect((performance.now() - askedAt) / 1_000).toBeLessThan(LONGEST_STOP_S);
  expect(code).toBe(0);
  expect(stderr).toContain('Stopping.');
  const billed = (await readTopic(world.app, 'events')).filter(({ message }) => message.type === 'InvoiceCreated');
  expect(billed.length).toBeLessThan(SHOPS);

  const second = await serve(world);
  const run = await world.ended(runId);
  second.child.kill('SIGTERM');

  expect(run).toMatchObject({ status: 'completed', outcomes: { invoiced: SHOPS } });
  const invoiced = (await readTopic(world.app, 'events')).filter(({ message }) => message.type === 'InvoiceCreated');
  expect(invoiced).toHaveLength(SHOPS);
  expect(new Set(invoiced.map(({ record }) => record.key)).size).toBe(SHOPS);
  expect(await second.ended).toMatchObject({ code: 0 });
});

test('a second signal ends it at once', async () => {
  await using world = await openTestApp({ withRoles: false });
  const served = await serve(world);

  // Two different ones: the same signal twice may arrive as one.
  served.child.kill('SIGTERM');
  served.child.kill('SIGINT');

  expect(await served.ended).toMatchObject({ code: 130 });
});

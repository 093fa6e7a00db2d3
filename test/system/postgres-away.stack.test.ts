/** Postgres stopped in the middle of a run and started again: the work waits in place, says why, and goes on by itself. */
import { expect, test } from 'vitest';
import { silentLogger } from '../../src/adapters/logger.ts';
import { systemClock } from '../../src/adapters/clock.ts';
import { setUp } from '../../src/cli/set-up.ts';
import { loadConfig } from '../../src/config.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { openApp } from '../../src/main.ts';
import { importFacts } from '../../src/producers/import-facts.ts';
import { CONSUMER_ROLES } from '../../src/roles.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop } from '../support/facts.ts';
import { createOwnStack } from '../support/own-stack.ts';
import { readTopic } from '../support/read-log.ts';
import { EVERY_SHOP, toStream } from '../support/test-app.ts';

const SHOPS = 3_000;
const HEALTH = '/api/billing-scheduler/health';

interface Health {
  readonly components: readonly { readonly name: string; readonly reason: string | null }[];
}

test(
  'the run waits, readiness tells the role and the server, and every shop is billed once',
  { timeout: 240_000 },
  async () => {
    await using stack = createOwnStack();
    const config = loadConfig(await stack.start());
    await setUp(config);
    const app = await openApp({ config, logger: silentLogger });
    const roles = await app.startRoles(CONSUMER_ROLES);
    const gateway = await createGateway({ app, roles });
    await using released = new AsyncDisposableStack();
    released.defer(() => app.close());
    released.defer(() => roles.stop());
    released.defer(() => gateway.close());
    const ask = async (path: string) => {
      const response = await gateway.inject({ method: 'GET', url: `${HEALTH}/${path}` });
      return { code: response.statusCode, ...response.json<Health>() };
    };
    const reasonOf = ({ components }: Health, name: string) => components.find((one) => one.name === name)?.reason;
    const shops = Array.from({ length: SHOPS }, (_, index) => billableShop(`shop-${index}`, '100.00'));
    const sources = [{ name: 'test', stream: toStream(shops.flat()) }];
    await importFacts({ sources, log: app.log, codec: app.codec, clock: systemClock });
    const { runId } = await app.requestBillingRun(EVERY_SHOP);
    await eventually(async () => {
      const ends = await app.log.endOffsets(['events']);
      expect(ends.some(({ offset }) => offset > 0n)).toBe(true);
    });

    await stack.signal('postgres', 'SIGINT');

    await eventually(async () => {
      const ready = await ask('ready');
      expect(ready.code).toBe(503);
      expect(reasonOf(ready, 'postgres')).toMatch(/^Postgres at .* does not answer/);
      expect(reasonOf(ready, 'biller')).toMatch(/^shop-requests\/\d: .*Postgres at/);
    });
    expect((await ask('live')).code).toBe(200);

    await stack.start();

    await eventually(async () => {
      const run = await app.readModels.findRun(runId);
      expect(run).toMatchObject({ status: 'completed', expectedShops: SHOPS, outcomes: { invoiced: SHOPS } });
    }, 60_000);
    await eventually(async () => expect((await ask('ready')).code).toBe(200));
    const invoiced = (await readTopic(app, 'events')).filter(({ message }) => message.type === 'InvoiceCreated');
    expect(invoiced).toHaveLength(SHOPS);
    expect(new Set(invoiced.map(({ record }) => record.key)).size).toBe(SHOPS);
  },
);

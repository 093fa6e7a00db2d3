/** Servers that go away under the work: it waits in place, says why, goes on by itself, and ends when it is told to. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../src/adapters/logger.ts';
import { systemClock } from '../../src/adapters/clock.ts';
import { applyTopics } from '../../src/adapters/topics-apply.ts';
import { setUp } from '../../src/cli/set-up.ts';
import { loadConfig } from '../../src/config.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { openApp } from '../../src/main.ts';
import { importFacts } from '../../src/producers/import-facts.ts';
import { CONSUMER_ROLES } from '../../src/roles.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop, shop } from '../support/facts.ts';
import { createOwnStack, type OwnStack } from '../support/own-stack.ts';
import { readTopic } from '../support/read-log.ts';
import { startCli } from '../support/run-cli.ts';
import { EVERY_SHOP, toStream } from '../support/test-app.ts';

const SHOPS = 3_000;
/** What docs/operations.md promises. */
const LONGEST_STOP_S = 20;
const HEALTH = '/api/billing-scheduler/health';

interface Health {
  readonly components: readonly { readonly name: string; readonly reason: string | null }[];
}

let stack: OwnStack;
let environment: Record<string, string>;

beforeAll(async () => {
  stack = createOwnStack();
  environment = await stack.start();
  await setUp(loadConfig(environment));
});
afterAll(() => stack[Symbol.asyncDispose]());

test(
  'while Postgres is away a run waits, readiness tells the role and the server, and then every shop is billed once',
  { timeout: 240_000 },
  async () => {
    const config = loadConfig(environment);
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

test('with every server frozen, SIGTERM still ends the process in time', async () => {
  const served = startCli(['serve'], { ...environment, PORT: '0' });
  await served.said('gateway listens');
  for (const server of ['kafka', 'registry', 'postgres'] as const) await stack.signal(server, 'SIGSTOP');

  const askedAt = performance.now();
  served.child.kill('SIGTERM');
  const { stderr } = await served.ended;

  expect((performance.now() - askedAt) / 1_000).toBeLessThan(LONGEST_STOP_S + 1);
  expect(stderr).toContain('Stopping.');
  for (const server of ['kafka', 'registry', 'postgres'] as const) await stack.signal(server, 'SIGCONT');
});

test('when another Kafka cluster answers at the same address, the roles stop, and nothing is taken from it', async () => {
  const app = await openApp({ config: loadConfig(environment), logger: silentLogger });
  const roles = await app.startRoles(CONSUMER_ROLES);
  await using released = new AsyncDisposableStack();
  released.defer(() => app.close());
  released.defer(() => roles.stop());
  const before = await app.ledger.positions();
  const failed = roles.failed.catch((error: unknown) => error);

  await stack.forgetKafka();
  await stack.start();
  const { servers } = loadConfig(environment);
  await applyTopics({
    ...servers!.kafka,
    topicPrefix: 'billing.',
    partitions: 4,
    clientId: 'test',
    logger: silentLogger,
  });
  const facts = Array.from({ length: 40 }, (_, index) => shop(`other-${index}`));
  const sources = [{ name: 'test', stream: toStream(facts) }];
  await importFacts({ sources, log: app.log, codec: app.codec, clock: systemClock });

  expect(await failed).toMatchObject({ code: 'CLUSTER_CHANGED' });
  expect(await app.ledger.positions()).toEqual(before);
});

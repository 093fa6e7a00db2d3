import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { serveGateway } from '../../src/gateway/serve-gateway.ts';
import { fakeApp } from './fake-app.ts';

const TOKEN = { name: 'ops', token: 'secret', scopes: ['read'] } as const;

it('listens on a free port and closes it', async () => {
  const { app } = fakeApp({ config: { port: 0 } });
  const gateway = await serveGateway({ app });
  const { url } = gateway;
  const live = `${url}/api/billing-scheduler/health/live`;

  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(live)).status).toBe(200);

  await gateway.close();
  await expect(fetch(live)).rejects.toThrow();
});

it('listens on this machine only while there is no token, whatever HOST says', async () => {
  const { app, state } = fakeApp({ config: { host: '0.0.0.0', port: 0 } });
  const gateway = await serveGateway({ app });
  const { url } = gateway;

  expect(url).toContain('127.0.0.1');
  expect(state.lines).toContainEqual(expect.objectContaining({ level: 'warn', host: '0.0.0.0' }));
  await gateway.close();
});

it('listens where HOST says when there is a token', async () => {
  const { app } = fakeApp({ config: { host: '0.0.0.0', port: 0 }, tokens: [TOKEN] });
  const gateway = await serveGateway({ app });
  const { url } = gateway;

  expect(url).toContain('0.0.0.0');
  await gateway.close();
});

it('says which port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { app } = fakeApp({ config: { port } });

  await expect(serveGateway({ app })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `Port ${port} of 127.0.0.1 is in use: stop what uses it, or set PORT to another one (0 for any free one).`,
  });
  other.close();
});

it('closes while a client waits for a run, and answers it', async () => {
  const { app } = fakeApp({ config: { port: 0 }, clock: systemClock });
  const gateway = await serveGateway({ app });
  const { url } = gateway;
  const asked = Promise.withResolvers<void>();
  const { requestBillingRun } = app;
  Object.assign(app, {
    requestBillingRun: (ask: Parameters<typeof requestBillingRun>[0]) =>
      requestBillingRun(ask).finally(() => asked.resolve()),
  });
  const waiting = fetch(`${url}/api/billing-scheduler/process-monthly-billing`, {
    method: 'POST',
    headers: { prefer: 'wait=60' },
  });
  await asked.promise;

  await gateway.close();

  expect((await waiting).status).toBe(202);
});

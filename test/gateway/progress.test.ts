import { afterEach, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/adapters/clock.ts';
import { BillingError } from '../../src/errors.ts';
import { serveGateway, type ServedGateway } from '../../src/gateway/serve-gateway.ts';
import { fakeApp, jumpingClock, type FakeState } from './fake-app.ts';
import { plannedRun, runView } from './views.ts';

let served: ServedGateway | undefined;
afterEach(() => served?.close());

const running = (outcomes: Record<string, number>) => runView({ status: 'running', outcomes, completedAt: null });

/** Serves on a free port of this machine and opens the stream of run-1. */
async function follow(
  given: Partial<FakeState>,
  { clock = jumpingClock(), ...init }: RequestInit & { clock?: Clock } = {},
): Promise<{ state: FakeState; response: Response }> {
  const { app, state } = fakeApp({ ...given, clock, config: { port: 0 } });
  served = await serveGateway({ app });
  const response = await fetch(`${served.url}/api/billing-scheduler/runs/run-1/progress`, init);
  return { state, response };
}

/** Reads what arrives, one event or comment after the other. */
async function* eventsOf(response: Response): AsyncGenerator<string> {
  let buffered = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    buffered += chunk;
    const events = buffered.split('\n\n');
    buffered = events.pop()!;
    yield* events;
  }
  expect(buffered).toBe('');
}

it('sends progress whenever the counts change, the run at its end, and closes', async () => {
  const { state, response } = await follow({ runs: [running({})] });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const events: string[] = [];

  for await (const event of eventsOf(response)) {
    if (event === ': heartbeat') continue;
    events.push(event);
    if (events.length === 1) state.runs = [running({ invoiced: 1 })];
    if (events.length === 2) state.runs = [runView()];
  }

  expect(events.map((event) => event.split('\n')[0])).toEqual([
    'event: progress',
    'event: progress',
    'event: progress',
    'event: completed',
  ]);
  const data = events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)![1]!) as object);
  expect(data[0]).toMatchObject({ run_id: 'run-1', status: 'running', expected_shops: 3, processed_shops: 0 });
  expect(data[1]).toMatchObject({ status: 'running', processed_shops: 1, outcomes: { invoiced: 1 } });
  expect(data[2]).toMatchObject({ status: 'completed', processed_shops: 3 });
  expect(data[3]).toMatchObject({ run_id: 'run-1', status: 'completed', totals: [{ total_fees: '90.00' }] });
});

it('waits for a run that was asked for a moment ago to be planned', async () => {
  let ticks = 0;
  const clock = jumpingClock(() => {
    ticks++;
    if (ticks === 4) state.planned = [plannedRun('run-1')];
    if (ticks === 8) state.runs = [runView({ status: 'cancelled' })];
  });
  const { app, state } = fakeApp({ clock, config: { port: 0 } });
  served = await serveGateway({ app });

  const response = await fetch(`${served.url}/api/billing-scheduler/runs/run-1/progress`);
  const text = await response.text();

  expect(text).toContain('"expected_shops":5,"processed_shops":0');
  expect(text).toContain('event: completed');
  expect(text).toContain('"status":"cancelled"');
});

it('keeps the connection alive while nothing changes, also while the read models are away', async () => {
  const { state, response } = await follow({ runs: [running({})] });
  const seen: string[] = [];

  for await (const event of eventsOf(response)) {
    seen.push(event.split('\n')[0]!);
    if (seen.length === 2) state.readError = new BillingError('POSTGRES_UNREACHABLE', 'away');
    if (seen.length === 4) {
      state.readError = null;
      state.runs = [runView()];
    }
  }

  expect(seen.slice(0, 4)).toEqual(['event: progress', ': heartbeat', ': heartbeat', ': heartbeat']);
  expect(seen.at(-1)).toBe('event: completed');
  expect(state.lines.filter((line) => line.message.startsWith('progress cannot be read'))).toHaveLength(1);
});

it('stops looking when the client leaves', async () => {
  const client = new AbortController();
  const left = Promise.withResolvers<void>();
  const clock: Clock = {
    now: () => systemClock.now(),
    // Waits for ever: only the departure can end it.
    sleep: (_ms, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          left.resolve();
          reject(signal.reason as Error);
        });
      }),
  };
  const { response } = await follow({ runs: [running({})] }, { clock, signal: client.signal });
  await eventsOf(response).next();

  client.abort();

  await left.promise;
});

it('ends the stream when the gateway closes', async () => {
  const { response } = await follow({ runs: [running({})] }, { clock: systemClock });
  const events = eventsOf(response);
  await events.next();

  await Promise.all([served!.close(), expect(events.next()).resolves.toEqual({ done: true, value: undefined })]);
});

it('tells a client that reconnects after the end to stay away', async () => {
  const { response } = await follow({ runs: [runView()] }, { headers: { 'last-event-id': 'completed' } });

  expect(response.status).toBe(204);
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunning } from '../../stack/process-identity.ts';
import { findStack, stackDown, stackStatus, stackUp, type StackAddresses } from '../../stack/stack.ts';
import { readState, type StackState } from '../../stack/state.ts';

const LOCAL = fileURLToPath(new URL('../../.local/', import.meta.url));
const SCHEMA = { schema: '{"type":"record","name":"Fact","fields":[]}' };

let directory: string;

beforeEach(() => {
  mkdirSync(LOCAL, { recursive: true });
  directory = mkdtempSync(join(LOCAL, 'stack-test-'));
});

afterEach(async () => {
  await stackDown({ directory, wipe: true });
  rmSync(directory, { recursive: true, force: true });
});

function stateOf(): StackState {
  const state = readState(directory);
  if (state === null) throw new Error('no state');
  return state;
}

function kill(name: keyof StackState['servers']): void {
  process.kill(stateOf().servers[name].process?.pid ?? 0, 'SIGKILL');
}

async function query<Row extends pg.QueryResultRow>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function withKafka<Result>(broker: string, work: (kafka: Kafka) => Promise<Result>): Promise<Result> {
  return work(new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }));
}

async function writeToEach({ kafka, registry, database }: StackAddresses): Promise<void> {
  await withKafka(kafka, async (client) => {
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'facts', numPartitions: 3 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = client.producer({ transactionalId: 'writer', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'facts', messages: [{ key: 's1', value: 'v', partition: 1 }] });
    await transaction.commit();
    await producer.disconnect();
  });
  const registered = await fetch(`${registry}/subjects/facts-Fact/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(SCHEMA),
  });
  expect(registered.status).toBe(200);
  await query(database, 'create table facts as select 42 as answer');
}

async function expectInEach({ kafka, registry, database }: StackAddresses): Promise<void> {
  const offsets = await withKafka(kafka, async (client) => {
    const admin = client.admin();
    await admin.connect();
    const found = await admin.fetchTopicOffsets('facts');
    await admin.disconnect();
    return found.map(({ partition, high }) => [partition, high]).sort();
  });
  // The record and the marker that commits it.
  expect(offsets).toEqual([
    [0, '0'],
    [1, '2'],
    [2, '0'],
  ]);
  const response = await fetch(`${registry}/subjects/facts-Fact/versions/1`);
  expect(await response.json()).toMatchObject({ subject: 'facts-Fact', version: 1 });
  expect(await query(database, 'select answer from facts')).toEqual([{ answer: 42 }]);
}

describe('local stack', () => {
  it('keeps its data through crashes and restarts, until it is wiped', async () => {
    // Two at once: one starts it, the other waits and finds it running.
    const both = await Promise.all([stackUp({ directory }), stackUp({ directory })]);
    const [{ addresses }] = both;
    expect(both.map(({ fresh }) => fresh).sort()).toEqual([false, true]);
    expect(both[1].addresses).toEqual(addresses);
    expect(addresses.kafka).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(statSync(join(directory, 'state.json')).mode & 0o777).toBe(0o600);
    await writeToEach(addresses);

    // One server of the three dies.
    const before = stateOf().servers;
    kill('postgres');
    expect(await findStack({ directory })).toBeNull();
    expect((await stackStatus({ directory })).servers.map(({ state }) => state)).toEqual([
      'healthy',
      'healthy',
      'stopped',
    ]);
    expect(await stackUp({ directory })).toEqual({ addresses, fresh: false });
    expect(stateOf().servers.kafka).toEqual(before.kafka);
    expect(stateOf().servers.registry).toEqual(before.registry);
    await expectInEach(addresses);

    // All die at once, as in a power cut, and the state that stays behind names the pids of others: ours.
    for (const name of ['kafka', 'registry', 'postgres'] as const) kill(name);
    const stale = stateOf();
    for (const server of Object.values(stale.servers)) server.process = { pid: process.pid, startedAt: 'before' };
    writeFileSync(join(directory, 'state.json'), JSON.stringify(stale));
    expect(await stackUp({ directory })).toEqual({ addresses, fresh: false });
    await expectInEach(addresses);

    // An orderly stop; meanwhile somebody takes the ports of Kafka and Postgres.
    expect(await stackDown({ directory })).toEqual({ stopped: ['kafka', 'registry', 'postgres'] });
    expect(await stackDown({ directory })).toEqual({ stopped: [] });
    const { kafka, registry, postgres } = stateOf().servers;
    const squatters = [kafka.ports[0], postgres.ports[0]].map((port) => createServer().listen(port ?? 0, '127.0.0.1'));
    await Promise.all(squatters.map((squatter) => once(squatter, 'listening')));
    const moved = await stackUp({ directory });
    for (const squatter of squatters) squatter.close();
    expect(moved.addresses.kafka).not.toBe(addresses.kafka);
    expect(moved.addresses.database).not.toBe(addresses.database);
    expect(stateOf().servers.registry.ports).toEqual(registry.ports);
    await expectInEach(moved.addresses);

    const { servers } = stateOf();
    const home = stateOf().postgresHome;
    await stackDown({ directory, wipe: true });
    expect(existsSync(directory)).toBe(false);
    expect(home === null || !existsSync(home)).toBe(true);
    expect(Object.values(servers).filter(({ process }) => process !== null && isRunning(process))).toEqual([]);
  }, 300_000);
});

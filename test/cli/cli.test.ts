/** The command as a shell sees it: exit codes, what goes to standard output and what to standard error. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

/** Runs `billing …` with this environment and nothing else of ours. */
function billing(args: readonly string[], environment: Record<string, string> = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A port of this machine on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Three servers that are not there: whatever gets as far as connecting fails. */
async function nowhere() {
  const [kafka, registry, postgres] = [await closedPort(), await closedPort(), await closedPort()];
  return {
    KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${kafka}`,
    SCHEMA_REGISTRY_URL: `http://127.0.0.1:${registry}`,
    DATABASE_URL: `postgres://billing:hunter2@127.0.0.1:${postgres}/billing`,
  };
}

describe('billing', { timeout: 30_000 }, () => {
  it('prints its version and its help to standard output', async () => {
    const [version, help, forCommand] = await Promise.all([
      billing(['--version']),
      billing(['--help']),
      billing(['help', 'process']),
    ]);
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['serve', 'import', 'process', 'test', 'status', 'runs', 'invoices', 'migrate', 'demo']) {
      expect(help.stdout).toContain(`  ${command} `);
    }
    expect(forCommand).toMatchObject({ code: 0, stderr: '' });
    expect(forCommand.stdout).toContain('Examples:');
  });

  it.each([
    [['process', '--periode', '2026-10'], "Unknown option '--periode'", 'billing help process'],
    [['proces'], "Unknown command 'proces'", 'billing help'],
    [['test'], "Missing required argument 'shop-id'", 'billing help test'],
    [['import'], "Missing required argument 'file'", 'billing help import'],
    [['process', 'now'], 'Too many arguments', 'billing help process'],
    [['process', '--shop-ids'], 'argument missing', 'billing help process'],
    [['process', '--previous-month', '--period', '2026-10'], '--previous-month', 'billing help process'],
    [['process', '--period', '2026-13'], '"2026-13" is no month', 'billing help process'],
    [['process', '--period', '2999-01'], 'has not ended', null],
    [['test', 's1', '--live', '--dry-run'], '--dry-run and --live', 'billing help test'],
    [['invoices', '--format', 'xml'], 'Allowed choices are table, json, ndjson, csv', 'billing help invoices'],
    [['import', '/nowhere/facts.ndjson'], '/nowhere/facts.ndjson does not exist', 'billing help import'],
    [['serve', '--roles', 'biller,baker'], 'no role "baker"', 'billing help serve'],
    [['serve', '--roles', 'scheduler'], 'This version has no role "scheduler"', 'billing help serve'],
    [['demo', '--shops', 'many'], 'a number from 1', 'billing help demo'],
    [['runs', 'cancel', 'r1'], '--reason', 'billing runs help cancel'],
    [['runs', 'cancel', 'r1', '--reason', ' '], 'A reason is needed', 'billing runs help cancel'],
    [['invoices', 'credit', 'INV-2026-000001', '--reason', 'r'], '--amount', 'billing invoices help credit'],
    [['holds', 'release', '--reason', 'r'], "Missing required argument 'bill-id'", 'billing holds help release'],
    [['pause'], '--reason', 'billing help pause'],
    [['dead-letters', 'revive'], "Unknown command 'revive'", 'billing help dead-letters'],
    [['dead-letters', 'redrive'], 'Name the dead letters, or say --all', 'billing dead-letters help redrive'],
    [['dead-letters', 'discard', 'usage.dlq/0/1'], '--reason', 'billing dead-letters help discard'],
    [['dead-letters', 'list', '--topic', 'events'], 'has no dead letters', 'billing dead-letters help list'],
    [['stack', 'up', '--fast'], "Unknown option '--fast'", 'billing stack help up'],
  ])('%j is wrong usage', async (args, message, hint) => {
    const { code, stdout, stderr } = await billing(args, await nowhere());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    if (hint !== null) expect(stderr).toContain(`See "${hint}".`);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(stderr).not.toMatch(/\n +at /);
  });

  it('shows what there is when a command is missing', async () => {
    const { code, stdout, stderr } = await billing(['stack']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: billing stack');
  });

  it('lists every mistake of the configuration, without secrets', async () => {
    const { code, stdout, stderr } = await billing(['status', '--json'], {
      DATABASE_URL: 'mysql://root:hunter2@db/billing',
      KAFKA_BOOTSTRAP_SERVERS: 'kafka',
      PARTITIONS: 'four',
      BILLING_TIMEZONE: 'Mars/Olympus',
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const name of [
      'DATABASE_URL',
      'KAFKA_BOOTSTRAP_SERVERS',
      'SCHEMA_REGISTRY_URL',
      'PARTITIONS',
      'BILLING_TIMEZONE',
    ]) {
      expect(stderr).toContain(name);
    }
    expect(stderr).not.toContain('hunter2');
  });

  it.each([
    [['status'], /Kafka|Postgres|registry/],
    [['process', '--period', '2026-10', '--json'], /Kafka|Postgres|registry/],
    [['topics', 'apply'], /Kafka at 127\.0\.0\.1|127\.0\.0\.1:\d+/],
    [['schemas', 'apply'], /registry/],
    [['migrate'], /Postgres at 127\.0\.0\.1/],
  ])('%j says within seconds which server does not answer', async (args, server) => {
    const startedAt = Date.now();
    const { code, stdout, stderr } = await billing(args, await nowhere());
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(server);
    expect(stderr).not.toMatch(/hunter2|\n +at /);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });

  it('shows where an error came from with LOG_LEVEL=debug', async () => {
    const { code, stderr } = await billing(['migrate'], { ...(await nowhere()), LOG_LEVEL: 'debug' });
    expect(code).toBe(3);
    expect(stderr).toMatch(/\n +at /);
    expect(stderr).not.toContain('hunter2');
  });

  it('publishes nothing of several files when one is missing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'billing-cli-'));
    const there = join(directory, 'facts.ndjson');
    await writeFile(there, '{}\n');
    const { code, stderr } = await billing(['import', there, `${there}.gone`, directory], await nowhere());
    expect(code).toBe(2);
    expect(stderr).toContain('Nothing was published');
    expect(stderr).toContain(`${there}.gone does not exist`);
    expect(stderr).toContain(`${directory} is a directory`);
  });
});

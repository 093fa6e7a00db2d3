/** Set-up, import and run as a person types them, on real servers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunJson } from '../../src/gateway/present-run.ts';
import { billableShop, plan } from '../support/facts.ts';
import { runCli, type CliResult } from '../support/run-cli.ts';
import { createWorld } from '../support/test-app.ts';

let world: Awaited<ReturnType<typeof createWorld>>;
let folder: string;
const billing = (...args: string[]): Promise<CliResult> => runCli(args, world.environment);

beforeAll(async () => {
  world = await createWorld();
  folder = mkdtempSync(join(tmpdir(), 'billing-cli-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await world.drop();
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ndjson = (facts: readonly object[]) => facts.map((fact) => `${JSON.stringify(fact)}\n`).join('');

describe('on servers that are not set up', () => {
  test('a command says which set-up commands to run', async () => {
    const { code, stdout, stderr } = await billing('status');

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/billing (migrate|topics apply|schemas apply)/);
  });

  test('set-up does its work once, and nothing the second time', async () => {
    for (const command of [['migrate'], ['topics', 'apply'], ['schemas', 'apply']]) {
      const first = await billing(...command);
      const second = await billing(...command);

      expect([first.code, second.code]).toEqual([0, 0]);
      expect(first.stdout).toMatch(/applied|created|registered/);
      expect(second.stdout).not.toMatch(/^(applied|created|registered) /m);
    }
  });
});

describe('on servers that are set up', () => {
  test('bad lines are set aside with number and reason, good ones are published, exit 1', async () => {
    const content = `${ndjson(billableShop('a', '100.00'))}{"type":"Nonsense"}\n${ndjson(billableShop('b', '200.00'))}`;
    const path = file('facts.ndjson', content);

    const { code, stdout } = await billing('import', path, '--json');

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 6, rejected: 1, rejections: [{ source: path, line: 4 }] });
    expect(readFileSync(`${path}.rejected.ndjson`, 'utf8')).toBe('{"type":"Nonsense"}\n');
  });

  test('a truncated and a binary file are refused with a reason, and what is good before the break is published', async () => {
    const packed = gzipSync(ndjson([plan('a', { planId: 'p2', effectiveFrom: '2027-01-01' })]), { level: 0 });
    const truncated = file('cut.ndjson.gz', packed.subarray(0, -6));
    const binary = file('binary.ndjson', Buffer.from(Array.from({ length: 4_000 }, (_, index) => (index * 37) % 256)));

    const cut = await billing('import', truncated, '--json');
    const noise = await billing('import', binary, '--json');

    expect([cut.code, noise.code]).toEqual([1, 1]);
    expect(JSON.parse(cut.stdout)).toMatchObject({ accepted: 1, rejected: 1 });
    expect(JSON.parse(noise.stdout)).toMatchObject({ accepted: 0 });
  });

  test('a run is asked for, done by the command itself and printed; asked for again it is the same run', async () => {
    const first = await billing('process', '--period', '2026-10', '--json');
    const again = await billing('process', '--period', '2026-10', '--json');

    expect([first.code, again.code]).toEqual([0, 0]);
    const run = JSON.parse(first.stdout) as RunJson;
    expect(run).toMatchObject({
      status: 'completed',
      expected_shops: 2,
      outcomes: { invoiced: 2 },
      totals: [{ currency: 'USD', total_revenue: '300.00', total_fees: '9.00' }],
      errors: [],
    });
    expect(JSON.parse(again.stdout)).toEqual(run);
  });

  test('a shop that fails makes the exit code 1, and the others are billed', async () => {
    const facts = [...billableShop('c', '100.00'), plan('c', { effectiveFrom: '2026-09-10', currency: 'EUR' })];
    await billing('import', file('failing.ndjson', ndjson(facts)));

    const { code, stdout } = await billing('process', '--period', '2026-09', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'completed_with_failures',
      failed_shops: 1,
      errors: [{ shop_id: 'c', code: 'PLAN_CURRENCY_CHANGED' }],
    });
  });

  test.each([
    [['process', '--period', '2026-13'], 2, 'month'],
    [['process', '--period', '2999-01'], 2, 'end'],
    [['process', '--period-start', '2026-10-01'], 2, 'last day'],
    [['process', '--previous-month', '--period', '2026-10'], 2, 'previous-month'],
    [['process', '--nonsense'], 2, 'nonsense'],
    [['import', 'no-such-file.ndjson'], 2, 'no-such-file'],
    [['run', 'no-such-run'], 2, 'no-such-run'],
    [['flatter'], 2, 'flatter'],
  ])('%j ends with %i and says why', async (args, expected, word) => {
    const { code, stdout, stderr } = await billing(...args);

    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(word);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('invoices come as table, JSON, NDJSON and CSV, and add up', async () => {
    const json = JSON.parse((await billing('invoices', '--period', '2026-10', '--format', 'json')).stdout) as {
      total: string;
    }[];
    const csv = (await billing('invoices', '--period', '2026-10', '--format', 'csv')).stdout.trim().split('\n');
    const lines = (await billing('invoices', '--period', '2026-10', '--format', 'ndjson')).stdout.trim().split('\n');

    expect(json.map(({ total }) => total).sort()).toEqual(['3.00', '6.00']);
    expect(csv).toHaveLength(3);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(json);
  });
});

describe('with a server away', () => {
  test.each([
    ['KAFKA_BOOTSTRAP_SERVERS', '127.0.0.1:1', /kafka/i],
    ['DATABASE_URL', 'postgres://billing:s3cret@127.0.0.1:1/billing', /postgres/i],
    ['SCHEMA_REGISTRY_URL', 'http://127.0.0.1:1', /registry/i],
  ])('%s pointing nowhere ends with 3 within seconds, naming it, with no secret', async (name, value, who) => {
    const { code, stderr, seconds } = await runCli(['status'], { ...world.environment, [name]: value });

    expect(code).toBe(3);
    expect(stderr).toMatch(who);
    expect(stderr).not.toContain('s3cret');
    expect(seconds).toBeLessThan(20);
  });
});

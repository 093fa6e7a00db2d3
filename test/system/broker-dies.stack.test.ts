/** A broker that is killed in the middle of a run: the command says so, and a second try finishes the run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunJson } from '../../src/gateway/present-run.ts';
import { stackDown, stackStatus, stackUp, type StackAddresses } from '../../stack/stack.ts';
import { billableShop } from '../support/facts.ts';
import { runCli, startCli } from '../support/run-cli.ts';

const SHOPS = 3_000;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'billing-stack-'));
});

afterAll(async () => {
  await stackDown({ directory, wipe: true });
  rmSync(directory, { recursive: true, force: true });
});

test(
  'killed in the middle of a run, restarted, and every shop has exactly one invoice',
  { timeout: 240_000 },
  async () => {
    const environment = toEnvironment((await stackUp({ directory })).addresses);
    for (const command of [['migrate'], ['topics', 'apply'], ['schemas', 'apply']]) {
      expect((await runCli(command, environment)).code).toBe(0);
    }
    const facts = Array.from({ length: SHOPS }, (_, index) => billableShop(`shop-${index}`, '100.00')).flat();
    const path = join(directory, 'facts.ndjson');
    writeFileSync(path, facts.map((fact) => JSON.stringify(fact)).join('\n'));
    expect((await runCli(['import', path], environment)).code).toBe(0);

    const cut = startCli(['process', '--period', '2026-10', '--json'], environment);
    await cut.said('was asked for');
    const { servers } = await stackStatus({ directory });
    process.kill(servers.find(({ name }) => name === 'kafka')!.pid!, 'SIGKILL');
    const broken = await cut.ended;
    expect(broken).toMatchObject({ code: 3, stdout: '' });
    expect(broken.stderr).toMatch(/kafka/i);

    const again = toEnvironment((await stackUp({ directory })).addresses);
    const { code, stdout } = await runCli(['process', '--period', '2026-10', '--json'], again);

    expect(code).toBe(0);
    const run = JSON.parse(stdout) as RunJson;
    expect(run).toMatchObject({ status: 'completed', expected_shops: SHOPS, outcomes: { invoiced: SHOPS } });
    const numbers = run.shop_results.map(({ invoice_number: number }) => Number(number!.split('-').at(-1)));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: SHOPS }, (_, index) => index + 1));
  },
);

function toEnvironment({ kafka, registry, database }: StackAddresses): Record<string, string> {
  return { KAFKA_BOOTSTRAP_SERVERS: kafka, SCHEMA_REGISTRY_URL: registry, DATABASE_URL: database };
}

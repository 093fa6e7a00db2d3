/** Topics and a database of a measurement's own on the servers named in the environment. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import type { RunAsk } from '../src/app.ts';
import { loadConfig, type Config } from '../src/config.ts';

export const PERIOD = '2026-10';
export const PURCHASES_PER_SHOP = 20;

export const ASK: RunAsk = {
  shopIds: null,
  period: PERIOD,
  periodStart: null,
  periodEnd: null,
  dryRun: false,
  force: false,
  trigger: { source: 'cli', actor: 'bench', deliveryId: null },
};

export interface BenchWorld extends AsyncDisposable {
  readonly config: Config;
  readonly pool: pg.Pool;
  /** Sets everything up and takes the facts of so many shops into the ledger, in a process of its own. */
  fill(counts: { readonly shops: number; readonly interactionsPerShop: number }): Promise<void>;
}

export async function createBenchWorld(): Promise<BenchWorld> {
  const world = `bench_${randomBytes(4).toString('hex')}`;
  const server = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await server.connect();
  await server.query(`create database ${world}`);
  const database = new URL(process.env['DATABASE_URL']!);
  database.pathname = `/${world}`;
  const environment = { ...process.env, DATABASE_URL: database.href, TOPIC_PREFIX: `${world}.` };
  const pool = new pg.Pool({ connectionString: database.href, max: 10 });
  // Dropping the database ends connections that are still closing.
  pool.on('error', () => {});
  return {
    config: loadConfig(environment),
    pool,
    fill({ shops, interactionsPerShop }) {
      const script = join(import.meta.dirname, 'fill.ts');
      const args = [shops, PURCHASES_PER_SHOP, interactionsPerShop, PERIOD].map(String);
      return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [script, ...args], {
          env: environment,
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        child.on('error', reject);
        child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`importing ended with ${code}`))));
      });
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await server.query(`drop database ${world} with (force)`);
      await server.end();
    },
  };
}

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { demoPlace } from '../../src/cli/demo.ts';
import { exportLines } from '../../src/cli/stack.ts';
import { loadConfig } from '../../src/config.ts';

describe('a demo', () => {
  const config = loadConfig({});

  it('has topics and a database of its own for each month and number of shops', () => {
    const places = [
      demoPlace(config, '2026-10', 1_000),
      demoPlace(config, '2026-10', 1_001),
      demoPlace(config, '2026-11', 1_000),
    ];
    expect(new Set(places.map((place) => place.ownDatabase)).size).toBe(3);
    expect(new Set(places.map((place) => place.config.topicPrefix)).size).toBe(3);
    expect(places.map((place) => place.config.topicPrefix)).not.toContain(config.topicPrefix);
  });

  it('names them so that Kafka and Postgres take them', () => {
    const { config: own, ownDatabase } = demoPlace(config, '2026-10', 100_000);
    expect(own.topicPrefix).toMatch(/^[a-zA-Z0-9._-]+$/);
    expect(ownDatabase).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
  });
});

describe('the addresses of the stack', () => {
  it('survive a shell', () => {
    const addresses = { kafka: '127.0.0.1:1', registry: "http://h/it's", database: 'postgres://u:$a`b"c@h/d' };
    const script = `${exportLines(addresses)}printf '%s\\n' "$SCHEMA_REGISTRY_URL" "$DATABASE_URL"`;
    const printed = execFileSync('sh', ['-c', script]).toString();
    expect(printed).toBe(`${addresses.registry}\n${addresses.database}\n`);
  });
});

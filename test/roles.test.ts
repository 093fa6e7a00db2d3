/** Roles as they report themselves: on the log and stores in memory, with one store that has trouble. */
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../src/adapters/clock.ts';
import { createMemoryLog } from '../src/adapters/memory-log.ts';
import { createMemoryPublicationMarks } from '../src/adapters/memory-publication-marks.ts';
import type { Ledger } from '../src/adapters/ledger.ts';
import type { RunningRoles } from '../src/app.ts';
import { BillingError } from '../src/errors.ts';
import { parseFact } from '../src/producers/parse-fact.ts';
import { toRecord } from '../src/producers/publish-facts.ts';
import { startRoles } from '../src/roles.ts';
import { eventually } from './contract/eventually.ts';
import { shop } from './support/facts.ts';
import { createMemoryWorld } from './support/memory-world.ts';

const HUNG_AFTER_MS = 150;
let release: () => Promise<void> = async () => {};
afterEach(() => release());

/** An ingester whose ledger does what the test says, and a fact for it. */
async function givenIngester(append: Ledger['append']) {
  const world = createMemoryWorld();
  const clock = systemClock;
  const log = createMemoryLog({ clock, marks: createMemoryPublicationMarks() });
  const roles: RunningRoles = await startRoles(
    {
      ...world,
      log,
      clock,
      ledger: { ...world.ledger, append },
    },
    ['ingester', 'planner'],
    { hungAfterMs: HUNG_AFTER_MS },
  );
  release = async () => {
    await roles.stop();
    await log.close();
  };
  await log.publish([toRecord(world.codec, parseFact(shop('a')))]);
  return { roles };
}

const of = (components: ReturnType<RunningRoles['health']>, role: string) =>
  components.find(({ name }) => name === role)!;

describe('given a server that is away', () => {
  test('then its role is not ready and says why, lives, and is ready again by itself', async () => {
    let isAway = true;
    let appended = 0;
    const { roles } = await givenIngester(async () => {
      if (isAway) throw new BillingError('POSTGRES_UNREACHABLE', 'Postgres at db:5432 does not answer.');
      appended += 1;
      return [];
    });

    await eventually(() => expect(of(roles.health(), 'ingester').healthy).toBe(false));
    expect(of(roles.health(), 'ingester').reason).toMatch(/^shops\/\d: Postgres at db:5432 does not answer\.$/);
    expect(of(roles.health(), 'planner')).toMatchObject({ healthy: true });
    for (const redSince = Date.now(); Date.now() - redSince < 3 * HUNG_AFTER_MS; await systemClock.sleep(10)) {
      expect(of(roles.liveness(), 'ingester')).toMatchObject({ healthy: true });
      expect(of(roles.health(), 'ingester').reason).toContain('does not answer');
    }

    isAway = false;

    await eventually(() => expect(of(roles.health(), 'ingester')).toMatchObject({ healthy: true, reason: null }));
    expect(appended).toBe(1);
  });
});

describe('given a handler that hangs', () => {
  test('then its role does not live any more, others do', async () => {
    const { promise: never, resolve } = Promise.withResolvers<[]>();
    const { roles } = await givenIngester(() => never);
    expect(of(roles.liveness(), 'ingester')).toMatchObject({ healthy: true });

    await eventually(() => expect(of(roles.liveness(), 'ingester').healthy).toBe(false));

    expect(of(roles.liveness(), 'ingester').reason).toContain('without a sign of life');
    expect(of(roles.health(), 'ingester').healthy).toBe(false);
    expect(of(roles.liveness(), 'planner')).toMatchObject({ healthy: true });

    resolve([]);
    await eventually(() => expect(of(roles.liveness(), 'ingester')).toMatchObject({ healthy: true }));
  });
});

describe('given a broken invariant', () => {
  test('then the roles fail with it, loudly', async () => {
    const { roles } = await givenIngester(async () => {
      throw new BillingError('CLUSTER_CHANGED', 'This database belongs to another cluster.');
    });

    await expect(roles.failed).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
    expect(of(roles.health(), 'ingester').reason).toContain('another cluster');
  });
});

import { describe, expect, it } from 'vitest';
import type { App, RunAsk, RunningRoles } from '../../src/app.ts';
import { createMovableClock } from '../../src/adapters/movable-clock.ts';
import type { RunView } from '../../src/adapters/read-models.ts';
import { askAndFollow } from '../../src/cli/ask-and-follow.ts';
import { Interrupted } from '../../src/cli/exit-code.ts';
import type { Role } from '../../src/config.ts';
import type { Issuing } from '../../src/adapters/run-control.ts';
import { BillingError } from '../../src/errors.ts';
import { createFakeContext } from './fake-terminal.ts';
import { aRun, OCTOBER } from './run-views.ts';

const ASK: RunAsk = {
  shopIds: null,
  period: '2026-10',
  periodStart: null,
  periodEnd: null,
  dryRun: false,
  force: false,
  trigger: { source: 'cli', actor: 'ada', deliveryId: null },
};

/** A scheduler in which a run ends only after all roles have started somewhere. */
function createFakeApp({
  idle = [],
  published = true,
  ended = aRun(),
  findRun,
  issuing = { paused: false, revision: 0, reason: null, actor: null, changedAt: null },
}: {
  idle?: Role[];
  published?: boolean;
  ended?: RunView;
  findRun?: (look: number) => RunView | null;
  issuing?: Issuing;
}) {
  const { context, terminal, clock, interrupt } = createFakeContext();
  const started: Role[] = [];
  const stopped: Role[] = [];
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let look = 0;
  const app: Parameters<typeof askAndFollow>[0]['app'] = {
    clock,
    testClock: null,
    readModels: {
      findRun: async () => {
        look += 1;
        if (findRun) return findRun(look);
        return idle.every((role) => started.includes(role)) ? ended : null;
      },
      listDeadLetters: async () => ({ items: [], nextCursor: null }),
    } as Pick<App['readModels'], 'findRun' | 'listDeadLetters'> as App['readModels'],
    requestBillingRun: async () => ({ runId: 'run-1', period: OCTOBER, dryRun: false, published }),
    serversHealth: async () => [],
    issuing: async () => issuing,
    rolesWithoutProcess: async (roles) => roles.filter((role) => idle.includes(role)),
    startRoles: async (roles): Promise<RunningRoles> => {
      started.push(...roles);
      const stop = async () => void stopped.push(...roles);
      const unevaluatedChecks = () => new Map<string, number>();
      return { roles, health: () => [], liveness: () => [], unevaluatedChecks, failed: failed.promise, stop };
    },
  };
  return { app, context, terminal, interrupt, started, stopped, failRole: failed.reject };
}

describe('asking for a run and following it', () => {
  it('does the work itself where nobody does, and stops afterwards', async () => {
    const { app, context, terminal, started, stopped } = createFakeApp({ idle: ['planner', 'biller'] });
    expect(await askAndFollow({ context, app, ask: ASK })).toMatchObject({ runId: 'run-1', status: 'completed' });
    expect(started).toEqual(['planner', 'biller']);
    expect(stopped).toEqual(started);
    expect(terminal.notes).toContain('No planner or biller is running, so this command does the work itself.');
  });

  it('leaves the work to others where they do it', async () => {
    const { app, context, started } = createFakeApp({ idle: [] });
    await askAndFollow({ context, app, ask: ASK });
    expect(started).toEqual([]);
  });

  it('starts nothing for a run that was finished before', async () => {
    const { app, context, terminal, started } = createFakeApp({
      idle: ['biller'],
      published: false,
      findRun: () => aRun(),
    });
    expect(await askAndFollow({ context, app, ask: ASK })).toMatchObject({ status: 'completed' });
    expect(started).toEqual([]);
    expect(terminal.notes.join()).toContain('finished before');
  });

  it('takes over when the others go away in the middle', async () => {
    const idle: Role[] = [];
    const { app, context, started } = createFakeApp({
      idle,
      findRun: (look) => {
        if (look === 3) idle.push('biller');
        return started.includes('biller') ? aRun() : aRun({ status: 'running' });
      },
    });
    await askAndFollow({ context, app, ask: ASK });
    expect(started).toEqual(['biller']);
  });

  it('says why nothing moves while issuing is paused', async () => {
    const issuing = { paused: true, revision: 1, reason: 'month end', actor: 'ann', changedAt: 0 };
    const { app, context, terminal } = createFakeApp({ issuing });
    await askAndFollow({ context, app, ask: ASK });
    expect(terminal.notes).toContain('Issuing is paused by ann (month end): this goes on after "billing resume".');
  });

  it('says on Ctrl-C how to follow again, and stops what it started', async () => {
    const { app, context, interrupt, stopped } = createFakeApp({
      idle: ['biller'],
      findRun: (look) => {
        if (look === 2) interrupt(new Interrupted());
        return aRun({ status: 'running' });
      },
    });
    const following = askAndFollow({ context, app, ask: ASK });
    await expect(following).rejects.toBeInstanceOf(Interrupted);
    await expect(following).rejects.toThrow('"billing process --period 2026-10" goes on with it');
    expect(stopped).toEqual(['biller']);
  });

  it('says that the run is safe when a server dies, and how to go on with a run of named shops', async () => {
    const { app, context } = createFakeApp({
      findRun: () => {
        throw new BillingError('POSTGRES_UNREACHABLE', 'Postgres at db:5432 does not answer.');
      },
    });
    const following = askAndFollow({ context, app, ask: { ...ASK, shopIds: ['s1'] } });
    await expect(following).rejects.toMatchObject({ code: 'POSTGRES_UNREACHABLE' });
    await expect(following).rejects.toThrow(
      /Postgres at db:5432 does not answer\. What is done of the run is safe.*"billing serve" goes on with it/,
    );
  });

  it('ends when a role it runs stops for good', async () => {
    const broken = new BillingError('REGISTER_CONFLICT', 'Register and log disagree about s1.');
    const app = createFakeApp({
      idle: ['biller'],
      findRun: (look) => {
        if (look === 2) app.failRole(broken);
        return aRun({ status: 'running' });
      },
    });
    await expect(askAndFollow({ context: app.context, app: app.app, ask: ASK })).rejects.toBe(broken);
  });
});

it('says that a service elsewhere does not go by the time the command was given', async () => {
  const given = createFakeApp({ idle: ['biller'] });
  const testClock = createMovableClock(given.app.clock, 0);

  await askAndFollow({ ...given, ask: ASK, app: { ...given.app, testClock } });

  expect(given.terminal.notes.join('\n')).toContain('(ingester, planner, projector): it goes by its own clock');
});

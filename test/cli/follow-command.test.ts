import { describe, expect, it } from 'vitest';
import type { RunningRoles } from '../../src/app.ts';
import { Interrupted } from '../../src/cli/exit-code.ts';
import { followCommand } from '../../src/cli/follow-command.ts';
import type { Role } from '../../src/config.ts';
import { BillingError } from '../../src/errors.ts';
import { createFakeContext } from './fake-terminal.ts';

/** @param looks what each look finds; the last one for ever */
function given({
  looks,
  idle = [],
  paused = false,
}: {
  looks: (() => string | null)[];
  idle?: Role[];
  paused?: boolean;
}) {
  const { context, terminal, clock, interrupt } = createFakeContext();
  const [started, stopped]: Role[][] = [[], []];
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let look = 0;
  const following = () =>
    followCommand({
      context,
      app: {
        clock,
        serversHealth: async () => [],
        rolesWithoutProcess: async (roles) => roles.filter((role) => idle.includes(role)),
        startRoles: async (roles): Promise<RunningRoles> => {
          started!.push(...roles);
          const stop = async () => void stopped!.push(...roles);
          return {
            roles,
            health: () => [],
            liveness: () => [],
            failed: failed.promise,
            stop,
            unevaluatedChecks: () => new Map(),
          };
        },
        issuing: async () => ({ paused, revision: 1, reason: 'month end', actor: null, changedAt: 0 }),
      },
      find: async () => looks[Math.min(look++, looks.length - 1)]!(),
    });
  return { following, terminal, interrupt, started, stopped, failRole: failed.reject };
}

describe('staying with what was asked for', () => {
  it('ends with what became of it, and does the work meanwhile where nobody does', async () => {
    const nothing = () => null;
    const { following, started, stopped, terminal } = given({
      looks: [nothing, nothing, () => 'INV-2026-000001'],
      idle: ['biller', 'ingester', 'gateway'],
    });

    expect(await following()).toBe('INV-2026-000001');
    expect([started, stopped]).toEqual([
      ['ingester', 'biller'],
      ['ingester', 'biller'],
    ]);
    expect(terminal.notes).toEqual(['No ingester or biller is running, so this command does the work itself.']);
  });

  it('ends with what it was refused with', async () => {
    const refused = new BillingError('HOLD_ALREADY_DECIDED', 'It was rejected before.');
    const { following } = given({
      looks: [
        () => null,
        () => {
          throw refused;
        },
      ],
    });

    await expect(following()).rejects.toBe(refused);
  });

  it('says once why nothing moves while issuing is paused', async () => {
    const looks = Array.from({ length: 200 }, () => () => null as string | null);
    const { following, terminal } = given({ looks: [...looks, () => 'done'], paused: true });

    expect(await following()).toBe('done');
    expect(terminal.notes).toEqual(['Issuing is paused (month end): this goes on after "billing resume".']);
  });

  it('says on Ctrl-C that it is carried out all the same', async () => {
    const { following, interrupt, stopped } = given({
      idle: ['projector'],
      looks: [
        () => {
          interrupt(new Interrupted());
          return null;
        },
      ],
    });

    const end = following();
    await expect(end).rejects.toBeInstanceOf(Interrupted);
    await expect(end).rejects.toThrow('carried out wherever a biller runs');
    expect(stopped).toEqual(['projector']);
  });

  it('ends when a role it runs stops for good', async () => {
    const broken = new BillingError('REGISTER_CONFLICT', 'Register and log disagree about s1.');
    const { following, failRole } = given({
      idle: ['biller'],
      looks: [
        () => {
          failRole(broken);
          return null;
        },
      ],
    });

    await expect(following()).rejects.toBe(broken);
  });
});

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { createMovableClock, isMovable } from '../../src/adapters/movable-clock.ts';
import { atNow } from '../../src/cli/now-option.ts';
import { loadConfig } from '../../src/config.ts';
import { createFakeContext } from './fake-terminal.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const MINUTE_MS = 60_000;
const CONFIGURED = {
  KAFKA_BOOTSTRAP_SERVERS: 'broker:9092',
  SCHEMA_REGISTRY_URL: 'http://registry',
  DATABASE_URL: 'postgres://db/billing',
};

const context = () => createFakeContext().context;

describe('a clock that can be moved', () => {
  it('goes on from where it was set, as its base does', () => {
    let base = 0;
    const clock = createMovableClock({ ...systemClock, now: () => base }, NOON);

    base += MINUTE_MS;
    expect(clock.now()).toBe(NOON + MINUTE_MS);

    clock.moveTo(NOON - 5 * MINUTE_MS);
    base += MINUTE_MS;
    expect(clock.now()).toBe(NOON - 4 * MINUTE_MS);
  });
});

describe('--now', () => {
  it('gives the command that time on the local stack, and says so', () => {
    const given = createFakeContext();
    const { clock } = atNow(given.context, { now: '2026-03-01T13:00:00+01:00' }, loadConfig({}));

    expect(isMovable(clock)).toBe(true);
    expect(clock.now()).toBe(NOON);
    expect(given.terminal.notes.join()).toContain('it is 2026-03-01T12:00:00.000Z');
  });

  it('changes nothing when it is not given', () => {
    const given = context();
    expect(atNow(given, {}, loadConfig(CONFIGURED))).toBe(given);
  });

  it('is refused on configured servers unless they are said to be for tests', () => {
    const now = '2026-03-01T12:00:00Z';
    expect(() => atNow(context(), { now }, loadConfig(CONFIGURED))).toThrow(/BILLING_TEST_MODE=true/);
    expect(() => atNow(context(), { now }, loadConfig({ ...CONFIGURED, BILLING_TEST_MODE: 'true' }))).not.toThrow();
  });

  it.each(['2026-03-01', '2026-03-01T12:00:00', 'yesterday', '2026-02-30T12:00:00Z'])('is no instant: %s', (now) => {
    expect(() => atNow(context(), { now }, loadConfig({}))).toThrow(/must be an instant/);
  });
});

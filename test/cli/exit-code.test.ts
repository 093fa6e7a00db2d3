import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { describeError, exitCodeOf, Interrupted } from '../../src/cli/exit-code.ts';
import { RuleError } from '../../src/domain/rule-error.ts';
import { BillingError } from '../../src/errors.ts';

describe('exit codes', () => {
  it.each([
    [new BillingError('USAGE', 'x'), 2],
    [new BillingError('CONFIG_INVALID', 'x'), 2],
    [new BillingError('SETUP_MISSING', 'x'), 2],
    [new RuleError('PERIOD_NOT_ENDED', 'x'), 2],
    [new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"), 2],
    [new CommanderError(1, 'commander.help', '(outputHelp)'), 2],
    [new BillingError('KAFKA_UNREACHABLE', 'x'), 3],
    [new BillingError('POSTGRES_UNREACHABLE', 'x'), 3],
    [new BillingError('UNAVAILABLE', 'x'), 3],
    [new BillingError('REGISTER_CONFLICT', 'x'), 1],
    [new BillingError('REQUEST_INVALID', 'x'), 1],
    [new RuleError('FX_RATE_MISSING', 'x'), 1],
    [new Error('x'), 1],
    ['x', 1],
    [new Interrupted(), 130],
    [new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), 0],
    [new CommanderError(0, 'commander.version', '0.1.0'), 0],
  ])('%s ends with %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('what a user reads', () => {
  it('is one sentence, and the stack only when asked for', () => {
    const error = new BillingError('KAFKA_UNREACHABLE', 'Kafka at k:9092 does not answer.', {
      cause: new Error('ECONNREFUSED'),
    });
    expect(describeError(error, { withStack: false })).toBe('Kafka at k:9092 does not answer.');
    expect(describeError(error, { withStack: true })).toMatch(
      /at .*exit-code\.test\.ts[\s\S]*Caused by: .*ECONNREFUSED/,
    );
  });

  it('leaves the secrets of a driver error out, also with the stack', () => {
    const error = Object.assign(new Error('refused'), { config: { password: 'hunter2' } });
    expect(describeError(error, { withStack: true })).not.toContain('hunter2');
    expect(describeError(error, { withStack: false })).not.toContain('hunter2');
  });

  it('is nothing when help was asked for', () => {
    expect(describeError(new CommanderError(0, 'commander.helpDisplayed', ''), { withStack: false })).toBeNull();
  });
});

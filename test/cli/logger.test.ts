import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/cli/logger.ts';

function logTo(level: string) {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level }, { write: (line: string) => void lines.push(line) }) };
}

describe('log lines', () => {
  it('are JSON with level and time by name', () => {
    const { lines, logger } = logTo('info');
    logger.child({ correlationId: 'run-1' }).info({ shops: 3 }, 'planned');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', msg: 'planned', shops: 3, correlationId: 'run-1' });
  });

  it('leave out what is below the level', () => {
    const { lines, logger } = logTo('warn');
    logger.info({}, 'not worth it');
    expect(lines).toEqual([]);
  });

  it('never carry a secret', () => {
    const { lines, logger } = logTo('debug');
    const error = Object.assign(new Error('refused'), { client: { connectionParameters: { password: 'hunter2' } } });
    logger.error({ err: error, password: 'hunter2', sasl: { password: 'hunter2' } }, 'lost');
    logger.info({ config: { servers: { databaseUrl: 'postgres://u:hunter2@h/d' } } }, 'started');
    logger.info({ headers: { authorization: 'Bearer hunter2' } }, 'asked');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('hunter2');
  });
});

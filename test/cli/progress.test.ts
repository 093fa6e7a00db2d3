import { describe, expect, it } from 'vitest';
import { createStackProgress } from '../../src/cli/local-stack.ts';
import { createProgress } from '../../src/cli/progress.ts';
import { createFakeClock, createFakeTerminal } from './fake-terminal.ts';

describe('progress where nobody watches', () => {
  it('is a line every few seconds', async () => {
    const terminal = createFakeTerminal();
    const clock = createFakeClock();
    const progress = createProgress({ terminal, clock, label: 'Billing' });
    for (let second = 0; second < 7; second++) {
      progress.update(second * 1_000, 10_000, 'shops');
      await clock.sleep(1_000);
    }
    expect(terminal.notes).toEqual(['Billing 3,000 of 10,000 shops', 'Billing 6,000 of 10,000 shops']);
  });

  it('of the stack is a line for each step, not for each second', () => {
    const terminal = createFakeTerminal();
    const progress = createStackProgress(terminal);
    for (const message of [
      'downloading Kafka …',
      'downloading Kafka … 1 s',
      'downloading Kafka … 2 s',
      'starting Kafka',
    ]) {
      progress.show({ phase: 'downloading', message });
    }
    expect(terminal.notes).toEqual(['downloading Kafka …', 'starting Kafka']);
  });
});

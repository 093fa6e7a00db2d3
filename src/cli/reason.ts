/** Every change takes a reason. Whether it is one is checked before anything is connected. */
import type { Command } from 'commander';
import { checkReason } from '../producers/reason.ts';

export const withReason = (command: Command): Command =>
  command.requiredOption('--reason <text>', 'why, for whoever reads it later', (text) => {
    checkReason(text);
    return text;
  });

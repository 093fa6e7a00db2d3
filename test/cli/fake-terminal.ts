/** A terminal, a clock and a context that keep what a command did. */
import type { Clock } from '../../src/adapters/clock.ts';
import type { CliContext, Terminal } from '../../src/cli/terminal.ts';

export interface FakeTerminal extends Terminal {
  readonly written: string[];
  readonly notes: string[];
}

export function createFakeTerminal({
  width = null,
  readsUpTo = Infinity,
}: { width?: number | null; readsUpTo?: number } = {}) {
  const written: string[] = [];
  const notes: string[] = [];
  const terminal: FakeTerminal = {
    written,
    notes,
    out: async (text) => {
      if (written.length >= readsUpTo) return false;
      written.push(text);
      return written.length < readsUpTo;
    },
    note: (line) => void notes.push(line),
    width,
    live: null,
  };
  return terminal;
}

/** Time passes only by sleeping. */
export function createFakeClock(startMs = Date.UTC(2026, 10, 23)): Clock {
  let now = startMs;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      // Whatever else is going on comes first, as it would in a real wait.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

export function createFakeContext(terminal = createFakeTerminal(), clock = createFakeClock()) {
  const controller = new AbortController();
  const exitCodes: number[] = [];
  const context: CliContext = {
    terminal,
    clock,
    interrupted: controller.signal,
    exitWith: (code) => void exitCodes.push(code),
  };
  return { context, terminal, clock, exitCodes, interrupt: (reason: Error) => controller.abort(reason) };
}

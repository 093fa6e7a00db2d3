/** Progress of long work on standard error: a bar where somebody watches, else a line every few seconds. */
import { Presets, SingleBar } from 'cli-progress';
import type { Clock } from '../adapters/clock.ts';
import type { Terminal } from './terminal.ts';

export interface Progress {
  /** @param total null while it is not known */
  update(done: number, total: number | null, detail?: string): void;
  /** Takes the bar away. Idempotent. */
  stop(): void;
}

const LINE_EVERY_MS = 3_000;

export function createProgress({
  terminal,
  clock,
  label,
  describe = describeCount,
}: {
  terminal: Pick<Terminal, 'live' | 'note'>;
  clock: Pick<Clock, 'now'>;
  label: string;
  describe?: Describe;
}): Progress {
  return terminal.live ? createBar(terminal.live, label, describe) : createLines({ terminal, clock, label, describe });
}

type Describe = (done: number, total: number | null) => string;

function createBar(stream: NodeJS.WriteStream, label: string, describe: Describe): Progress {
  const bar = new SingleBar(
    {
      format: `${label} {bar} {count} {detail}`,
      stream,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      gracefulExit: false,
      barsize: 30,
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update(done, total, detail = '') {
      // A total of zero would draw a full bar.
      const payload = { count: describe(done, total), detail };
      if (!isStarted) bar.start(total || 1, 0, payload);
      isStarted = true;
      bar.setTotal(total || 1);
      bar.update(total ? done : 0, payload);
    },
    stop() {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}

function createLines({
  terminal,
  clock,
  label,
  describe,
}: {
  terminal: Pick<Terminal, 'note'>;
  clock: Pick<Clock, 'now'>;
  label: string;
  describe: Describe;
}): Progress {
  let nextAt = clock.now() + LINE_EVERY_MS;
  return {
    update(done, total, detail = '') {
      if (clock.now() < nextAt) return;
      nextAt = clock.now() + LINE_EVERY_MS;
      terminal.note(`${label} ${describe(done, total)} ${detail}`.trimEnd());
    },
    stop() {},
  };
}

function describeCount(done: number, total: number | null): string {
  return total === null ? done.toLocaleString('en') : `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
}

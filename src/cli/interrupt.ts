/** Ctrl-C and SIGTERM: the first asks a command to end, the second ends it. */
import { Interrupted } from './exit-code.ts';

/** A command that was asked to end and does not, ends anyhow: orchestrators kill after thirty seconds. */
const LONGEST_GOODBYE_MS = 20_000;

/** Aborts with an Interrupted at the first signal. */
export function watchInterrupts(source: Pick<NodeJS.Process, 'on' | 'exit'>): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) source.exit(130);
    controller.abort(new Interrupted());
    setTimeout(() => source.exit(130), LONGEST_GOODBYE_MS).unref();
  };
  source.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return controller.signal;
}

/** Rejects with the signal's reason when it aborts before `work` has ended. */
export async function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Waits for `work`, but not longer than `limitMs`: for goodbyes to servers that may be away. Never rejects. */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}

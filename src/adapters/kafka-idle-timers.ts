/**
 * kafkajs 2.2.4 lets a timer with a negative delay spin once a millisecond for each connection, doing nothing, and
 * Node prints a TimeoutNegativeWarning for it (kafkajs #1556, #1704, #1751). There is only something to wait for while
 * requests are pending, so without any the timer is left out.
 */
import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const MARK = Symbol.for('billing-scheduler.idle-timers');

/** Repairs the installed kafkajs; does nothing where it is built differently, or repaired already. */
export function stopIdleTimers(): void {
  const prototype = requestQueuePrototype();
  if (prototype === null || MARK in prototype) return;
  const original = Object.getOwnPropertyDescriptor(prototype, 'scheduleCheckPendingRequests')!.value as (
    this: RequestQueue,
  ) => void;
  Object.defineProperty(prototype, MARK, { value: true });
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) original.call(this);
  };
}

function requestQueuePrototype(): RequestQueue | null {
  try {
    const load = createRequire(import.meta.url) as (path: string) => unknown;
    const loaded = load('kafkajs/src/network/requestQueue');
    const prototype: unknown = typeof loaded === 'function' ? loaded.prototype : null;
    return typeof prototype === 'object' && prototype !== null && 'scheduleCheckPendingRequests' in prototype
      ? (prototype as RequestQueue)
      : null;
  } catch {
    return null;
  }
}

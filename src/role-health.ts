/** How a role is doing, as seen from its consumer: whether it can work, and whether it works at all. Pure. */
import type { ConsumerState } from './adapters/log.ts';
import type { ComponentHealth } from './app.ts';

/**
 * Without a step or a heartbeat for so long, a handler hangs. Longer than any statement or answer may take, so that no
 * server that is away or slow makes a process look hung: its work fails first, is tried again, and readiness says why.
 */
export const HUNG_AFTER_MS = 120_000;

/** For liveness: unhealthy only when a batch hangs, which nothing but a new process mends. @param now epoch milliseconds */
export function livenessOf(
  name: string,
  { silentSince }: ConsumerState,
  now: number,
  hungAfterMs: number,
): ComponentHealth {
  const silentMs = silentSince === null ? 0 : now - silentSince;
  if (silentMs <= hungAfterMs) return { name, healthy: true, reason: null };
  const seconds = Math.round(silentMs / 1_000);
  return { name, healthy: false, reason: `a batch has been in hand for ${seconds} s without a sign of life` };
}

/** For readiness: also unhealthy while something it needs is away. */
export function readinessOf(name: string, state: ConsumerState, now: number, hungAfterMs: number): ComponentHealth {
  if (state.problem !== null) return { name, healthy: false, reason: state.problem };
  return livenessOf(name, state, now, hungAfterMs);
}

/** The state of a consumer whose batch may wait for work that was last seen to get on at `at`. */
export function withSignOfLife(state: ConsumerState, at: number | null): ConsumerState {
  const { silentSince } = state;
  return silentSince === null || at === null ? state : { ...state, silentSince: Math.max(silentSince, at) };
}

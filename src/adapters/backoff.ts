/**
 * How long to wait before attempt number `attempt` (from 0): doubling from 100 ms to 5 s, and spread so that many do
 * not return at once.
 * @param spread from 0 to 1; random unless something repeatable is wanted
 */
export function backoffMs(attempt: number, spread: () => number = Math.random): number {
  const ceiling = Math.min(5_000, 100 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + spread() / 2));
}

/**
 * Which user agents say of themselves that they are bots: as the `isbot` library tells (DOMAIN "Fraud"). Its version is
 * pinned exactly, because another one may know other bots: a newer version is a change of the billing rules, and raises
 * RULES_VERSION.
 */
import { isbot } from 'isbot';

/** The same few agents come with most interactions, and the library's pattern is long. */
const known = new Map<string, boolean>();
const REMEMBERED = 10_000;

export function isSelfDeclaredBot(userAgent: string): boolean {
  const before = known.get(userAgent);
  if (before !== undefined) return before;
  const isBot = isbot(userAgent);
  if (known.size >= REMEMBERED) known.clear();
  known.set(userAgent, isBot);
  return isBot;
}

/** Where a request to bill a shop stands: it may be new, cut off, met again, or ask for what is decided. Pure. */
import type { LogRecord } from '../adapters/log.ts';
import type { ShopState } from '../adapters/register.ts';
import { isLaterAttempt } from './shop-request.ts';

/**
 * `undecided`: it is to be decided now. `second-attempt`: so it is, after an attempt that failed. `cut-off`: its decision
 * was recorded, but the process died before the events were published. `replay`: they were published, and the request is
 * met again. `repeat`: the decision of another request stands, or, of a dry run, was published before.
 */
export type Standing = 'undecided' | 'second-attempt' | 'cut-off' | 'replay' | 'repeat';

/** @param publishedBelow outputs of requests below this offset are on the log */
export function standingOf(
  record: Pick<LogRecord, 'topic' | 'offset' | 'headers'>,
  { own, decision }: Pick<ShopState, 'own' | 'decision'>,
  { publishedBelow, dryRun }: { publishedBelow: bigint; dryRun: boolean },
): Standing {
  const isPublished = record.offset < publishedBelow;
  // A dry run leaves nothing to compare with.
  if (dryRun) return isPublished ? 'repeat' : 'undecided';
  if (own !== null) return isPublished ? 'replay' : 'cut-off';
  if (decision === null) return 'undecided';
  return decision.outcome === 'failed' && isLaterAttempt(record) && !isPublished ? 'second-attempt' : 'repeat';
}

/** Whether decisions are issued, as the outside sees it. */
import type { Issuing } from '../adapters/run-control.ts';

export interface IssuingJson {
  readonly paused: boolean;
  /** Who changed it last, why and when; null where nobody ever did. */
  readonly reason: string | null;
  readonly actor: string | null;
  readonly changed_at: string | null;
}

export function presentIssuing({ paused, reason, actor, changedAt }: Issuing): IssuingJson {
  return { paused, reason, actor, changed_at: changedAt === null ? null : new Date(changedAt).toISOString() };
}

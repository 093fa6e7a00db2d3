import { PREFIX } from './prefix.ts';

/** Where a run can be looked at. */
export function linksOf(runId: string) {
  const self = `${PREFIX}/runs/${encodeURIComponent(runId)}`;
  return { self, shops: `${self}/shops`, progress: `${self}/progress` };
}

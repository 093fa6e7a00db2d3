/** Which requests of a run are about its shops: a shop from outside would keep its outcomes from ever adding up. */
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import type { BillRequest } from './shop-request.ts';
import { isManifestWhole } from './whole-manifest.ts';

/**
 * A sound request for a shop that is not in a manifest which is still being restored from the log is believed. A broken
 * one never is: if it was about a shop of the run, that shop is asked for again.
 */
export async function splitByManifest(
  runs: Pick<Runs, 'inManifest' | 'manifest'>,
  run: FrozenRun,
  requests: readonly BillRequest[],
): Promise<{ inside: BillRequest[]; outside: BillRequest[] }> {
  const members = await runs.inManifest({ runId: run.runId, shopIds: requests.map(({ shopId }) => shopId) });
  const isStranger = ({ shopId }: BillRequest) => !members.has(shopId);
  const isSound = ({ failure }: BillRequest) => failure === null;
  const believed =
    requests.some((request) => isStranger(request) && isSound(request)) && !(await isManifestWhole(runs, run));
  const isOutside = (request: BillRequest) => isStranger(request) && !(believed && isSound(request));
  return { inside: requests.filter((request) => !isOutside(request)), outside: requests.filter(isOutside) };
}

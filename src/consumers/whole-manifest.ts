/** A restored run whose publishing was cut off has only part of its manifest: the rest is listed again, at its pins. */
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch } from '../adapters/log.ts';
import { createManifestHash } from '../adapters/manifest-hash.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import type { BillingRunRequested } from '../domain/requests.ts';
import { BillingError } from '../errors.ts';
import { billableShops, namedShops } from './manifest.ts';
import { waitForIngester } from './wait-for-ingester.ts';

const PAGE = 5_000;

/** Whether all shops are there that the run was frozen with. */
export async function isManifestWhole(runs: Pick<Runs, 'manifest'>, run: FrozenRun): Promise<boolean> {
  const hash = createManifestHash();
  for (let after: string | null = null; ;) {
    const shopIds: string[] = await runs.manifest({ runId: run.runId, after, limit: PAGE });
    hash.add(shopIds);
    if (shopIds.length < PAGE) break;
    after = shopIds.at(-1)!;
  }
  const { expectedShops, manifestSha256 } = hash.finish();
  return expectedShops === run.expectedShops && manifestSha256 === run.manifestSha256;
}

/**
 * Makes the manifest whole, from the request or, where it names no shops, from the ledger at the run's pins.
 * @throws BillingError REGISTER_CONFLICT when that gives other shops than the run was frozen with
 */
export async function completeManifest(
  dependencies: Omit<Parameters<typeof waitForIngester>[0], 'pins' | 'batch' | 'ledger'> & {
    readonly runs: Pick<Runs, 'manifest' | 'restoreManifest'>;
    readonly ledger: Ledger;
  },
  batch: Batch,
  run: FrozenRun,
  { shopIds: named }: Pick<BillingRunRequested, 'shopIds'>,
): Promise<void> {
  const { runs, ledger } = dependencies;
  if (await isManifestWhole(runs, run)) return;
  const { runId, period, pins } = run;
  if (named === null) await waitForIngester({ ...dependencies, pins, batch });
  const heartbeat = () => batch.heartbeat();
  const { shopIds } = named === null ? billableShops({ ledger, period, pins, heartbeat }) : namedShops(named);
  for await (const chunk of shopIds) await runs.restoreManifest(runId, chunk);
  if (await isManifestWhole(runs, run)) return;
  throw new BillingError('REGISTER_CONFLICT', `The shops of run ${runId} are not those that it was started with.`);
}

/**
 * ShopBillRequested → ShopBillCalculated, InvoiceCreated, ShopBillSkipped or ShopBillFailed; and what people ask for
 * about a bill, through the same door. Safe in Postgres, published by Kafka, in four steps: load the batch, decide purely,
 * record in one durable transaction, publish with the consumed offset in one Kafka transaction. See docs/decisions/0001.
 */
import type { Batch, BatchHandler, OutRecord } from '../adapters/log.ts';
import type { Runs } from '../adapters/runs.ts';
import { carryOutCommands } from './carry-out-commands.ts';
import type { ErrorCode } from '../errors.ts';
import { decideRun, type DecideRunDependencies } from './decide-run.ts';
import { deadLetterOnce } from './failure.ts';
import { splitByManifest } from './split-by-manifest.ts';
import { inWaves, toShopRequest, type BillRequest } from './shop-request.ts';

export interface BillShopDependencies extends DecideRunDependencies {
  readonly runs: Pick<Runs, 'find' | 'inManifest' | 'manifest'>;
}

export function createBillShop(dependencies: BillShopDependencies): BatchHandler {
  return async function* billShop(batch) {
    const requests = (await dependencies.codec.decode(batch.records)).map(toShopRequest);
    const publish: OutRecord[] = [];
    for (const wave of inWaves(requests)) {
      const bills = wave.filter((request) => request.kind === 'bill');
      const commands = wave.filter((request) => request.kind === 'command');
      publish.push(...(await decideBills(dependencies, batch, bills)));
      publish.push(...(await carryOutCommands(dependencies, batch, commands)));
      await batch.heartbeat();
    }
    yield { publish, advance: true };
  };
}

/** No shop is named twice in `requests`. */
async function decideBills(
  dependencies: BillShopDependencies,
  batch: Batch,
  requests: readonly BillRequest[],
): Promise<OutRecord[]> {
  const publish: OutRecord[] = [];
  const setAside = ({ record, failure }: BillRequest, message: string, code: ErrorCode) =>
    publish.push(...deadLetterOnce(record, failure ?? { code, message }, batch, dependencies.clock.now()));
  for (const [runId, ofRun] of Map.groupBy(requests, (request) => request.runId)) {
    const run = await dependencies.runs.find(runId);
    if (run === null) {
      for (const request of ofRun) setAside(request, `Run ${runId} was never planned.`, 'RUN_NOT_PLANNED');
      continue;
    }
    const { inside, outside } = await splitByManifest(dependencies.runs, run, ofRun);
    for (const request of outside) {
      setAside(request, `Shop ${request.shopId} is not among those of run ${runId}.`, 'REQUEST_INVALID');
    }
    publish.push(...(await decideRun(dependencies, batch, run, inside)));
  }
  return publish;
}

/** A person decides about a held bill: HoldReleaseRequested or HoldRejectRequested on the log, checked before. */
import type { ReadModels } from '../adapters/read-models.ts';
import type { DecideHold } from '../app.ts';
import { BillingError } from '../errors.ts';
import { publishShopRequest, type PublishShopRequestDependencies } from './publish-shop-request.ts';
import { checkReason } from './reason.ts';

/**
 * The biller has the last word: what it cannot carry out, because somebody else decided meanwhile, becomes a dead letter
 * of this request.
 */
export function createDecideHold({
  readModels,
  ...dependencies
}: PublishShopRequestDependencies & { readonly readModels: Pick<ReadModels, 'findHeldBill'> }): DecideHold {
  return async function decideHold({ billId, action, reason, actor }) {
    checkReason(reason);
    const hold = await readModels.findHeldBill(billId);
    if (hold === null) {
      throw new BillingError('NOT_FOUND', `There is no held bill ${JSON.stringify(billId)}: the list names them all.`);
    }
    const { shopId, decision } = hold;
    if (decision !== null) {
      const by = decision.actor === null ? '' : ` by ${decision.actor}`;
      throw new BillingError('HOLD_ALREADY_DECIDED', `Bill ${billId} was ${decision.action}${by} before.`);
    }
    const type = action === 'release' ? 'HoldReleaseRequested' : 'HoldRejectRequested';
    const requestId = await publishShopRequest(dependencies, shopId, hold.runId, type, (requestedAt) => ({
      ...{ shopId, billId, reason, actor, requestedAt },
    }));
    return { requestId, hold };
  };
}

/**
 * HoldReleaseRequested, HoldRejectRequested, InvoiceVoidRequested, CreditNoteRequested → BillHoldReleased and
 * InvoiceCreated, BillHoldRejected, InvoiceVoided, CreditNoteIssued. What people ask for about a bill takes the same way
 * as the bill: load, decide purely, record, publish.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Batch, OutRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { BillState, NewDecision, Register } from '../adapters/register.ts';
import { BillingError } from '../errors.ts';
import { decideCommand } from './decide-command.ts';
import { MAX_ROUNDS } from './decide-run.ts';
import type { EncodeDependencies } from './encode-events.ts';
import { deadLetterOnce, decisionFailureOf } from './failure.ts';
import type { CommandRequest } from './shop-request.ts';

export interface CarryOutDependencies extends EncodeDependencies {
  readonly register: Register;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly invoicePrefix: string;
}

/** Returns everything to be published. No shop is named twice in `requests`. */
export async function carryOutCommands(
  dependencies: CarryOutDependencies,
  batch: Batch,
  requests: readonly CommandRequest[],
): Promise<OutRecord[]> {
  const publish: OutRecord[] = [];
  let open = requests;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) {
      throw new BillingError('UNAVAILABLE', `Heads of ${open.length} shops kept moving: the batch is tried again.`);
    }
    const states = await dependencies.register.loadBills(
      open.map(({ shopId, record: source, command: { data } }) => ({
        ...('billId' in data ? { billId: data.billId } : { invoiceNumber: data.invoiceNumber }),
        ...{ shopId, source },
      })),
    );
    const decisions: NewDecision[] = [];
    const decided: CommandRequest[] = [];
    for (const [index, request] of open.entries()) {
      const state = states[index]!;
      // What was published is not carried out again: it was then, or was refused, or asked for what was done.
      if (request.record.offset < batch.publishedBelow) continue;
      if (state.own !== null) publish.push(...state.own.records);
      else {
        const decision = await decideOrSetAside(dependencies, batch, request, state, publish);
        if (decision !== null) decided.push(request);
        if (decision !== null) decisions.push(decision);
      }
    }
    const recorded = await dependencies.register.record(decisions);
    open = decided.filter((_, index) => recorded[index] === null);
    publish.push(...recorded.flatMap((records) => records ?? []));
  }
  return publish;
}

/** Null when nothing is to be recorded: it was done before, or cannot be. */
async function decideOrSetAside(
  dependencies: CarryOutDependencies,
  batch: Batch,
  request: CommandRequest,
  state: BillState,
  publish: OutRecord[],
): Promise<NewDecision | null> {
  const { clock, logger } = dependencies;
  const now = clock.now();
  const { shopId, command, record } = request;
  try {
    return await decideCommand(dependencies, request, state, now);
  } catch (error) {
    const failure = decisionFailureOf(error);
    if (failure === null) throw error;
    logger.warn({ shopId, code: failure.code, request: command.type }, `request set aside: ${failure.message}`);
    publish.push(...deadLetterOnce(record, failure, batch, now));
    return null;
  }
}

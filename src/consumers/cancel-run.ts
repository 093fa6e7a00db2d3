/**
 * BillingRunCancelRequested → BillingRunCancelled. The row is durable before anything is published, and the register
 * looks at it in each of its transactions: from then on, the run's undecided shops end as skipped, `run_cancelled`.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { OutRecord, Step } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { CancelledRun, RunControl } from '../adapters/run-control.ts';
import { runCancelledIdName } from '../domain/ids.ts';
import type { BillingRunCancelRequested } from '../domain/requests.ts';
import { BillingError } from '../errors.ts';
import type { RunRequest } from './run-request.ts';

export interface CancelRunDependencies {
  readonly codec: Codec;
  readonly control: Pick<RunControl, 'cancel'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deterministicId: (name: string) => string;
}

/** @throws BillingError REQUEST_INVALID when the run was never planned */
export async function* cancelRun(
  dependencies: CancelRunDependencies,
  request: RunRequest<BillingRunCancelRequested>,
): AsyncIterable<Step> {
  const { control, clock, logger } = dependencies;
  const { requestId, data } = request;
  const { runId, reason, actor } = data;
  // Met again, it could meet a run that was planned under this id since: it was never meant.
  const outcome = request.isReplay
    ? ({ result: 'finished' } as const)
    : await control.cancel({ runId, requestId, reason, actor, at: clock.now() });
  switch (outcome.result) {
    case 'unplanned':
      throw new BillingError('REQUEST_INVALID', `Run ${runId} cannot be cancelled: it was never planned.`);
    case 'finished':
      logger.info({ correlationId: runId }, 'nothing to cancel: every shop of the run has its outcome');
      yield { publish: [], advance: true };
      return;
    case 'cancelled': {
      const isFirst = outcome.run.requestId === requestId;
      logger.info({ correlationId: runId, actor, reason }, isFirst ? 'run cancelled' : 'run was cancelled before');
      yield { publish: isFirst ? [cancelledRecord(dependencies, outcome.run, request.eventId)] : [], advance: true };
      return;
    }
    default:
      outcome satisfies never;
  }
}

/** The event that a run was cancelled. */
export function cancelledRecord(
  { codec, deterministicId }: CancelRunDependencies,
  { runId, requestId, reason, actor, cancelledAt }: CancelledRun,
  causationId: string,
): OutRecord {
  return codec.encode(
    'run-events',
    runId,
    'BillingRunCancelled',
    { runId, reason, actor, cancelledAt },
    {
      id: deterministicId(runCancelledIdName(runId)),
      correlationId: runId,
      causationId,
      time: cancelledAt,
      requestPosition: requestId,
    },
  );
}

/** A dead letter as the outside sees it. The offset is text: it may be larger than a JSON number can say. */
import type { DeadLetterView } from '../adapters/read-models.ts';

export interface DeadLetterJson {
  readonly dead_letter_id: string;
  readonly original_topic: string;
  readonly original_partition: number | null;
  readonly original_offset: string | null;
  readonly key: string | null;
  readonly run_id: string | null;
  readonly code: string;
  readonly message: string;
  readonly kind: string;
  readonly attempt: number;
  readonly failed_at: string;
}

export function presentDeadLetter(view: DeadLetterView): DeadLetterJson {
  return {
    dead_letter_id: view.deadLetterId,
    original_topic: view.originalTopic,
    original_partition: view.originalPartition,
    original_offset: view.originalOffset === null ? null : view.originalOffset.toString(),
    key: view.key,
    run_id: view.runId,
    code: view.code,
    message: view.message,
    kind: view.kind,
    attempt: view.attempt,
    failed_at: new Date(view.failedAt).toISOString(),
  };
}

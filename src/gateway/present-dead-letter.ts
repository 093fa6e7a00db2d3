/** A dead letter as the outside sees it. The offset is text: it may be larger than a JSON number can say. */
import type { DeadLetterSettlement, DeadLetterView } from '../adapters/read-models.ts';
import type { DeadLetterLeft, RedrivenDeadLetter } from '../app.ts';
import type { FoundDeadLetter } from './find-dead-letter.ts';
import { presentMessage } from './present-message.ts';

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
  readonly redrive_count: number;
  readonly settlement: SettlementJson | null;
}

export interface SettlementJson {
  readonly action: DeadLetterSettlement['action'];
  readonly reason: string;
  readonly actor: string | null;
  readonly settled_at: string;
}

export interface DeadLetterDetailJson extends DeadLetterJson {
  /** The message in the form facts are imported in; null where the bytes cannot be decoded. */
  readonly record: Readonly<Record<string, unknown>> | null;
  /** Why the bytes cannot be decoded; null where they can. */
  readonly undecodable: string | null;
  /** Null: the log no longer keeps them. */
  readonly bytes: BytesJson | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly history: readonly DeadLetterJson[];
}

export interface BytesJson {
  readonly size: number;
  /** The first of them. */
  readonly hex: string;
  readonly base64: string;
  /** As text, where they are some. */
  readonly text: string | null;
}

const PREVIEW_BYTES = 1_024;

export function presentDeadLetter(view: DeadLetterView): DeadLetterJson {
  const { settlement } = view;
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
    redrive_count: view.redriveCount,
    settlement:
      settlement === null
        ? null
        : {
            action: settlement.action,
            reason: settlement.reason,
            actor: settlement.actor,
            settled_at: new Date(settlement.settledAt).toISOString(),
          },
  };
}

export function presentFoundDeadLetter({ letter, record, decoded, history }: FoundDeadLetter): DeadLetterDetailJson {
  return {
    ...presentDeadLetter(letter),
    record: decoded !== null && 'message' in decoded ? presentMessage(decoded.message) : null,
    undecodable: decoded !== null && 'problem' in decoded ? decoded.problem : null,
    bytes: record === null ? null : presentBytes(record.value ?? Buffer.alloc(0)),
    headers: record?.headers ?? {},
    history: history.map(presentDeadLetter),
  };
}

function presentBytes(value: Buffer): BytesJson {
  const first = value.subarray(0, PREVIEW_BYTES);
  return { size: value.length, hex: first.toString('hex'), base64: first.toString('base64'), text: textIn(first) };
}

/** A character cut in half at the end of the preview is left out. */
function textIn(bytes: Buffer): string | null {
  if (bytes.length === 0) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    // eslint-disable-next-line no-control-regex
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

export function presentRedriven({ deadLetterId, topic, key, redriveCount }: RedrivenDeadLetter) {
  return { dead_letter_id: deadLetterId, status: 'redriven', topic, key, redrive_count: redriveCount } as const;
}

export function presentDiscarded({ deadLetterId }: { readonly deadLetterId: string }) {
  return { dead_letter_id: deadLetterId, status: 'discarded' } as const;
}

export function presentLeft({ deadLetterId, code, message }: DeadLetterLeft) {
  return { dead_letter_id: deadLetterId, code, error: message };
}

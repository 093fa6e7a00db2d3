/** Pausing and resuming the issuing of decisions, everywhere: a durable row first, then its event. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec, Envelope } from '../adapters/codec.ts';
import type { Log, OutRecord } from '../adapters/log.ts';
import type { IssuingChange, RunControl } from '../adapters/run-control.ts';
import type { SetIssuing } from '../app.ts';
import { issuingChangeIdName } from '../domain/ids.ts';
import { BillingError } from '../errors.ts';
import { checkReason } from './reason.ts';

export interface AnnounceDependencies {
  readonly log: Pick<Log, 'publish'>;
  readonly codec: Codec;
  readonly control: RunControl;
  readonly deterministicId: (name: string) => string;
}

/**
 * From the moment the row is there, nothing more is recorded. Asking for what is already so changes nothing, but
 * publishes the events that an earlier call could not publish.
 */
export function createSetIssuing({ clock, ...dependencies }: AnnounceDependencies & { clock: Clock }): SetIssuing {
  const { control } = dependencies;
  return async function setIssuing({ paused, reason, actor }) {
    checkReason(reason);
    const order = { reason, actor, at: clock.now() };
    const { revision, changed } = await (paused ? control.pause(order) : control.resume(order));
    try {
      await announceIssuing(dependencies);
    } catch (error) {
      if (!(error instanceof BillingError)) throw error;
      const done = paused ? 'Issuing is paused' : 'Issuing goes on';
      throw new BillingError(error.code, `${done}, but its event is not published yet: ${error.message}`, {
        cause: error,
      });
    }
    return { paused, revision, changed };
  };
}

/** Publishes the events of changes that were made and not announced, in their order. May publish one again. */
export async function announceIssuing(
  { log, codec, control, deterministicId }: AnnounceDependencies,
  { madeBefore = Infinity }: { madeBefore?: number } = {},
): Promise<void> {
  const changes = (await control.unannouncedChanges()).filter(({ changedAt }) => changedAt <= madeBefore);
  const last = changes.at(-1);
  if (last === undefined) return;
  await log.publish(changes.map((change) => toRecord(codec, change, deterministicId)));
  await control.noteAnnounced(last.revision);
}

function toRecord(codec: Codec, change: IssuingChange, deterministicId: (name: string) => string): OutRecord {
  const { paused, revision, reason, actor, changedAt } = change;
  const said = { revision, reason, actor };
  const envelope: Envelope = {
    id: deterministicId(issuingChangeIdName(revision)),
    correlationId: null,
    causationId: null,
    time: changedAt,
  };
  return paused
    ? codec.encode('run-events', ISSUING_KEY, 'IssuingPaused', { ...said, pausedAt: changedAt }, envelope)
    : codec.encode('run-events', ISSUING_KEY, 'IssuingResumed', { ...said, resumedAt: changedAt }, envelope);
}

/** These events are about no run. */
const ISSUING_KEY = 'issuing';

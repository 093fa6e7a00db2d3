/** Dead letters are given up, for a reason: DeadLetterDiscarded. Their bytes stay where they are. */
import type { DiscardDeadLetters } from '../app.ts';
import { checkReason } from './reason.ts';
import { settleDeadLetters, type SettleDependencies } from './settle-dead-letters.ts';

export function createDiscardDeadLetters(dependencies: SettleDependencies): DiscardDeadLetters {
  const { codec, clock } = dependencies;
  return async (ask) => {
    const { reason, actor } = ask;
    checkReason(reason);
    return settleDeadLetters(dependencies, ask, async (open) => {
      const discardedAt = clock.now();
      return open.map((one) => {
        const { deadLetterId, originalTopic, runId, code, eventId } = one.letter;
        const event = { deadLetterId, originalTopic, runId, failureCode: code, reason, actor, discardedAt };
        const envelope = { id: one.eventId, correlationId: runId, causationId: eventId, time: discardedAt };
        const publish = [codec.encode('run-events', runId ?? deadLetterId, 'DeadLetterDiscarded', event, envelope)];
        return { open: one, publish, done: { deadLetterId } };
      });
    });
  };
}

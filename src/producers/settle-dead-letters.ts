/**
 * What redriving and discarding share: which dead letters are meant, that each is settled once whoever else presses the
 * button, and that what happens to it and the event that says so are on the log together or not at all.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import { deadLetterIdOf, parseDeadLetterId } from '../adapters/dead-letter-id.ts';
import type { Log, OutRecord } from '../adapters/log.ts';
import type { DeadLetterPosition } from '../adapters/projection-store.ts';
import type { DeadLetterView, ReadModels } from '../adapters/read-models.ts';
import type { DeadLetterAsk, DeadLetterLeft } from '../app.ts';
import { BillingError } from '../errors.ts';
import { DEAD_LETTER_TOPICS } from '../topics.ts';
import { checkReason } from './reason.ts';

export interface SettleDependencies {
  readonly log: Pick<Log, 'read' | 'endOffsets' | 'publishTogether'>;
  readonly codec: Codec;
  readonly readModels: Pick<ReadModels, 'listDeadLetters' | 'findDeadLetters'>;
  readonly clock: Clock;
  readonly randomId: () => string;
}

export interface OpenDeadLetter {
  readonly letter: DeadLetterView;
  readonly position: DeadLetterPosition;
  /** Id for the event that settles it: the same in every attempt of one call. */
  readonly eventId: string;
  /** An earlier attempt of this call settled it, but the answer was lost. */
  readonly isDone: boolean;
}

/** How one dead letter is settled: what to publish, the event among it; or why it cannot be. */
export type Settling<Done> =
  | { readonly open: OpenDeadLetter; readonly publish: readonly OutRecord[]; readonly done: Done }
  | { readonly open: OpenDeadLetter; readonly refusal: BillingError };

export interface Settled<Done> {
  readonly settled: readonly Done[];
  readonly left: readonly DeadLetterLeft[];
}

/** Who publishes under this name settles dead letters, one after the other. */
const NAME = 'dead-letters';
const MAX_NAMED = 1_000;
const PAGE = 200;
const MAX_ATTEMPTS = 8;

/**
 * Named ones all or none: when one of them is unknown, settled or refused, nothing is published. Of those a filter
 * finds, what is refused is left, and what somebody else has settled meanwhile is no longer among them.
 * @throws BillingError USAGE, NOT_FOUND, DEAD_LETTER_SETTLED, and what `prepare` refuses with
 */
export async function settleDeadLetters<Done>(
  dependencies: SettleDependencies,
  { reason, ids, where }: DeadLetterAsk,
  prepare: (open: readonly OpenDeadLetter[]) => Promise<Settling<Done>[]>,
): Promise<Settled<Done>> {
  if (reason !== '') checkReason(reason);
  if (ids !== null) {
    const settlings = await settleBatch(dependencies, named(ids), prepare, { isWhole: true });
    return { settled: settlings.flatMap((one) => ('done' in one ? one.done : [])), left: [] };
  }
  // What fails again while this goes on is not sent back again.
  const ends = await dependencies.log.endOffsets(DEAD_LETTER_TOPICS);
  const isKnown = ({ topic, partition, offset }: DeadLetterPosition) =>
    ends.some((end) => end.topic === topic && end.partition === partition && offset < end.offset);
  const settlings: Settling<Done>[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await dependencies.readModels.listDeadLetters({ where, cursor, limit: PAGE });
    const positions = page.items.map(({ deadLetterId }) => positionOf(deadLetterId)).filter(isKnown);
    settlings.push(...(await settleBatch(dependencies, positions, prepare, { isWhole: false })));
    if ((cursor = page.nextCursor) === null) break;
  }
  return {
    settled: settlings.flatMap((one) => ('done' in one ? one.done : [])),
    left: settlings.flatMap((one) => ('refusal' in one ? leftOf(one) : [])),
  };
}

function named(ids: readonly string[]): DeadLetterPosition[] {
  const distinct = [...new Set(ids)];
  if (distinct.length === 0) throw new BillingError('USAGE', 'No dead letter is named.');
  if (distinct.length > MAX_NAMED) {
    throw new BillingError('USAGE', `${distinct.length} dead letters are named, at most ${MAX_NAMED} can be.`);
  }
  return distinct.map(positionOf);
}

function positionOf(id: string): DeadLetterPosition {
  const position = parseDeadLetterId(id);
  if (position === null) throw unknown(id);
  return position;
}

async function settleBatch<Done>(
  dependencies: SettleDependencies,
  positions: readonly DeadLetterPosition[],
  prepare: (open: readonly OpenDeadLetter[]) => Promise<Settling<Done>[]>,
  { isWhole }: { readonly isWhole: boolean },
): Promise<Settling<Done>[]> {
  if (positions.length === 0) return [];
  const { log, readModels, clock, randomId } = dependencies;
  const eventIds = positions.map(() => randomId());
  let since: bigint | null = null;
  for (let attempt = 1; ; attempt += 1) {
    let settlings: Settling<Done>[] = [];
    try {
      await log.publishTogether(NAME, async () => {
        const { letters, foldedUpTo } = await readModels.findDeadLetters(positions);
        // Always from where the first attempt began: an event of our own must not pass for somebody else's.
        since ??= foldedUpTo;
        const later = await settledSince(dependencies, since);
        const open: OpenDeadLetter[] = [];
        for (const [index, position] of positions.entries()) {
          const letter = letters[index] ?? null;
          if (letter === null) throw unknown(deadLetterIdOf(position));
          const [settledBy, eventId] = [later.get(letter.deadLetterId), eventIds[index]!];
          const isDone = settledBy === eventId;
          if (isDone || (settledBy === undefined && letter.settlement === null)) {
            open.push({ letter, position, eventId, isDone });
          } else if (isWhole) throw settledBefore(letter);
        }
        settlings = await prepare(open);
        const refused = settlings.find((one) => 'refusal' in one);
        if (refused && isWhole) throw refused.refusal;
        return settlings.flatMap((one) => ('publish' in one && !one.open.isDone ? one.publish : []));
      });
      return settlings;
    } catch (error) {
      if (!(error instanceof BillingError) || error.code !== 'UNAVAILABLE' || attempt >= MAX_ATTEMPTS) throw error;
      await clock.sleep(50 * attempt);
    }
  }
}

/** Dead letters settled from an offset of `run-events` on, with the id of the event that was first. */
async function settledSince(
  { log, codec }: Pick<SettleDependencies, 'log' | 'codec'>,
  from: bigint,
): Promise<Map<string, string>> {
  const settled = new Map<string, string>();
  const ranges = (await log.endOffsets(['run-events'])).map(({ partition, offset: to }) => ({
    ...{ topic: 'run-events' as const, partition, from, to },
  }));
  for await (const records of log.read(ranges)) {
    for (const decoded of await codec.decode(records)) {
      if (!('message' in decoded)) continue;
      const { type, data } = decoded.message;
      if (type !== 'DeadLetterRedriven' && type !== 'DeadLetterDiscarded') continue;
      if (!settled.has(data.deadLetterId)) settled.set(data.deadLetterId, decoded.envelope.id);
    }
  }
  return settled;
}

function leftOf({ open: { letter }, refusal }: { open: OpenDeadLetter; refusal: BillingError }): DeadLetterLeft {
  return { deadLetterId: letter.deadLetterId, code: refusal.code, message: refusal.message };
}

function unknown(id: string): BillingError {
  return new BillingError('NOT_FOUND', `There is no dead letter ${JSON.stringify(id)}: the list names them all.`);
}

function settledBefore({ deadLetterId, settlement }: DeadLetterView): BillingError {
  const by = settlement?.actor ? ` by ${settlement.actor}` : '';
  const what = settlement === null ? 'settled just now' : `${settlement.action} before${by}`;
  return new BillingError('DEAD_LETTER_SETTLED', `Dead letter ${deadLetterId} was ${what}: nothing was done.`);
}

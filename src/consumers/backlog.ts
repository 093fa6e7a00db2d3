/** How much is still to be worked off between the planner's requests and the read models. */
import type { Log } from '../adapters/log.ts';
import type { Pin } from '../domain/log-position.ts';
import type { TopicName } from '../topics.ts';
import { SHOP_REQUEST_TOPICS } from './attempts.ts';

/** The consumer groups whose places are compared, without TOPIC_PREFIX. */
export interface WorkingGroups {
  readonly planner: string;
  readonly biller: string;
  readonly projector: string;
}

export interface Backlog {
  /** Up to where the planner has come. */
  readonly planned: readonly Pin[];
  /** Offsets between what the billers have committed and the ends: control records count too. */
  readonly shopRequests: bigint;
  /** The same for events on their way into the read models. */
  readonly events: bigint;
}

const RUN_REQUESTS = ['run-requests'] as const satisfies readonly TopicName[];
const EVENTS = ['events', 'dry-run-events', 'run-events'] as const satisfies readonly TopicName[];

/**
 * Read along the flow, each place after its source's: what one stage has passed, the next one's end includes. So no
 * backlog means that everything the planner had asked for has its outcome in the read models.
 */
export async function readBacklog({
  log,
  groups,
  checkpoints,
}: {
  log: Pick<Log, 'endOffsets' | 'committedOffsets'>;
  groups: WorkingGroups;
  /** Where the read models stand. */
  checkpoints: () => Promise<readonly Pin[]>;
}): Promise<Backlog> {
  const planned = await log.committedOffsets(groups.planner, RUN_REQUESTS);
  const requested = await log.endOffsets(SHOP_REQUEST_TOPICS);
  const billed = await log.committedOffsets(groups.biller, SHOP_REQUEST_TOPICS);
  const announced = await log.endOffsets(EVENTS);
  const published = await log.committedOffsets(groups.projector, EVENTS);
  const folded = await checkpoints();
  const events = [lag(announced, published), lag(announced, folded)];
  return {
    planned,
    shopRequests: lag(requested, billed),
    events: events[0]! > events[1]! ? events[0]! : events[1]!,
  };
}

function lag(ends: readonly Pin[], reached: readonly Pin[]): bigint {
  const places = new Map(reached.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  return ends.reduce((sum, { topic, partition, offset }) => {
    const behind = offset - (places.get(`${topic}/${partition}`) ?? 0n);
    return behind > 0n ? sum + behind : sum;
  }, 0n);
}

/** Whether the planner is past the request that stands at topic/partition/offset. */
export function isPast(planned: readonly Pin[], requestId: string): boolean {
  const [topic, partition, offset] = requestId.split('/');
  return planned.some(
    (place) => place.topic === topic && String(place.partition) === partition && place.offset > BigInt(offset ?? -1),
  );
}

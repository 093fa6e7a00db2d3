/** One request about a shop, onto the one door by which all decisions about it go. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Log } from '../adapters/log.ts';
import type { RequestByType } from '../domain/requests.ts';

export interface PublishShopRequestDependencies {
  readonly log: Pick<Log, 'publish'>;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly randomId: () => string;
}

type ShopCommand = 'HoldReleaseRequested' | 'HoldRejectRequested' | 'InvoiceVoidRequested' | 'CreditNoteRequested';

/** Returns the id of the request: what it leads to names it as its cause. */
export async function publishShopRequest<T extends ShopCommand>(
  { log, codec, clock, randomId }: PublishShopRequestDependencies,
  shopId: string,
  runId: string,
  type: T,
  toRequest: (requestedAt: number) => RequestByType[T],
): Promise<string> {
  const [id, time] = [randomId(), clock.now()];
  const envelope = { id, correlationId: runId, causationId: null, time };
  await log.publish([codec.encode<ShopCommand>('shop-requests', shopId, type, toRequest(time), envelope)]);
  return id;
}

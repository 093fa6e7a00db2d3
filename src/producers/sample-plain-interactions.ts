/** Interactions of sample shops for measurements: sessions of four, spread evenly, by the customers who buy. */
import type { Fact, InteractionType } from '../domain/facts.ts';
import type { SampleSpan } from './sample-span.ts';
import { BROWSERS, CHANNELS } from './sample-words.ts';
import { seededRandom } from './seeded-random.ts';

const STEPS: readonly InteractionType[] = ['view', 'view', 'click', 'add_to_cart'];
const STEP_MS = 20_000;

/** In order of time. @param customers how many different ones the shop's purchases name */
export function* plainInteractions({
  shopId,
  number,
  span,
  seed,
  interactions,
  customers,
}: {
  shopId: string;
  number: number;
  span: SampleSpan;
  seed: number;
  interactions: number;
  customers: number;
}): Iterable<Fact> {
  const random = seededRandom(seed, number, 2);
  const between = (span.end - span.start) / Math.max(1, Math.ceil(interactions / STEPS.length));
  for (let n = 0; n < interactions; n++) {
    const session = Math.floor(n / STEPS.length);
    const step = n % STEPS.length;
    yield {
      type: 'InteractionRecorded',
      data: {
        shopId,
        interactionId: `i-${n + 1}`,
        occurredAt: Math.floor(span.start + session * between) + step * STEP_MS,
        interactionType: STEPS[step]!,
        channel: random.pick(CHANNELS),
        sessionId: `z-${session + 1}`,
        customerId: `c-${(session % Math.max(1, customers)) + 1}`,
        productId: `p-${random.whole(1, 60)}`,
        // 198.18.0.0/15 is set aside for tests: no address here is anybody's.
        ipAddress: `198.18.${number % 256}.${(session % 254) + 1}`,
        userAgent: BROWSERS[session % BROWSERS.length]!,
      },
    };
  }
}

/** What goes wrong in a world, and how often: every seed draws its own mixture, so that some faults come alone. */
import type { SeededRandom } from '../../src/producers/seeded-random.ts';

export type Server = 'broker' | 'postgres' | 'registry';
export const SERVERS: readonly Server[] = ['broker', 'postgres', 'registry'];

/** Probabilities at each turn of a process, unless said otherwise. */
export interface FaultRates {
  /** The process dies here. */
  readonly crash: number;
  /** It is frozen for a while, as by SIGSTOP. */
  readonly freeze: number;
  /** The call fails before it took effect. */
  readonly failBefore: number;
  /** The call took effect and is answered with an error. */
  readonly failAfter: number;
  /** The call takes long. */
  readonly delay: number;
  /** At each tick: a server is away for a while, or a process joins or leaves. */
  readonly outage: number;
  readonly comeAndGo: number;
  /** At each tick: an operator stops a role everywhere, sets its group back, and starts it again. */
  readonly reset: number;
  /** At each tick: a foreign producer repeats a record. */
  readonly repeat: number;
  /** Of processes and foreign producers: it puts keys into other partitions than Kafka's default. */
  readonly partitionsDiffer: number;
}

const HIGHEST: FaultRates = {
  crash: 0.006,
  freeze: 0.005,
  failBefore: 0.02,
  failAfter: 0.02,
  delay: 0.15,
  outage: 0.08,
  comeAndGo: 0.1,
  reset: 0.04,
  repeat: 0.2,
  partitionsDiffer: 0.5,
};

export const NO_FAULTS: FaultRates = Object.fromEntries(
  Object.keys(HIGHEST).map((kind) => [kind, 0]),
) as unknown as FaultRates;

/** Each kind is missing from two worlds in five, and rare in many others. */
export function drawFaultRates(random: SeededRandom): FaultRates {
  return Object.fromEntries(
    Object.entries(HIGHEST).map(([kind, highest]: [string, number]) => [
      kind,
      random.chance(0.4) ? 0 : highest * random.next() ** 2,
    ]),
  ) as unknown as FaultRates;
}

/** How long a call takes, in milliseconds: mostly no time, sometimes long enough for others to pass it. */
export function drawDelayMs(random: SeededRandom, rates: FaultRates): number {
  if (!random.chance(rates.delay)) return 0;
  return random.chance(0.1) ? random.whole(100, 2_000) : random.whole(1, 30);
}

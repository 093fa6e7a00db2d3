/** Makes a world that shows a difference smaller, as long as it still shows one: fewer runs, then fewer facts. */
import type { FactLine } from '../fact-lines.ts';
import type { RandomWorld } from '../random/random-world.ts';

export async function shrink(
  world: RandomWorld,
  shows: (world: RandomWorld) => Promise<boolean>,
): Promise<RandomWorld> {
  let smallest = world;
  smallest = await withoutParts(smallest, smallest.runs, withRuns, shows);
  smallest = await withoutParts(smallest, smallest.facts, withFacts, shows);
  return withoutParts(smallest, smallest.runs, withRuns, shows);
}

const withRuns = (world: RandomWorld, runs: RandomWorld['runs']): RandomWorld => ({ ...world, runs });

/** The cuts move with the facts that are gone. */
function withFacts(world: RandomWorld, facts: readonly FactLine[]): RandomWorld {
  const left = new Set(facts);
  const cutAfter = (cut: number) => world.facts.slice(0, cut).filter((fact) => left.has(fact)).length;
  return { ...world, facts, runs: world.runs.map((run) => ({ ...run, cut: cutAfter(Number(run.cut)) })) };
}

/** Leaves out half of the things, then quarters, and so on down to single ones. */
async function withoutParts<T>(
  world: RandomWorld,
  things: readonly T[],
  withOnly: (world: RandomWorld, things: readonly T[]) => RandomWorld,
  shows: (world: RandomWorld) => Promise<boolean>,
): Promise<RandomWorld> {
  let [smallest, left] = [world, things];
  for (let length = Math.ceil(left.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2))
    for (let from = 0; from < left.length;) {
      const rest = [...left.slice(0, from), ...left.slice(from + length)];
      const smaller = withOnly(smallest, rest);
      if (await shows(smaller)) [smallest, left] = [smaller, rest];
      else from += length;
    }
  return smallest;
}

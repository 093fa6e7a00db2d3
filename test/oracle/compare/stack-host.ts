/** The product on real servers: asked through the log or the command line, and read off the log like by anybody else. */
import type { MovableClock } from '../../../src/adapters/movable-clock.ts';
import type { TopicName } from '../../../src/topics.ts';
import { billerCaughtUp } from '../../support/reset-biller.ts';
import { runCli } from '../../support/run-cli.ts';
import { EVERY_SHOP, type TestApp } from '../../support/test-app.ts';
import type { ProductHost, RunWish } from './product-host.ts';

const OF_RUNS: readonly TopicName[] = ['run-events', 'events', 'dry-run-events', 'shop-requests.dlq'];
/** Not those of runs, which count again whenever they can. */
const OF_COMMANDS: readonly TopicName[] = ['events', 'shop-requests.dlq'];

/**
 * @param clock what the app goes by
 * @param isTyped which runs a person asks for by command line
 */
export function createStackHost({
  world,
  clock,
  isTyped,
}: {
  world: TestApp;
  clock: MovableClock;
  isTyped: (wish: RunWish) => boolean;
}): ProductHost {
  const { app } = world;

  return {
    message: (topic, key, type, data, id = type) =>
      app.codec.encode(topic, key, type, data, { id, correlationId: null, causationId: null, time: clock.now() }),
    now: () => clock.now(),
    moveTo: (instant) => clock.moveTo(instant),
    tell: async (facts) => {
      const { rejected } = await world.importLines(facts);
      if (rejected > 0) throw new Error(`${rejected} facts were rejected`);
    },
    run: (wish) => answersOn(OF_RUNS, () => (isTyped(wish) ? typed(wish) : world.bill({ ...EVERY_SHOP, ...wish }))),
    command: (request) =>
      answersOn(OF_COMMANDS, async () => {
        await app.log.publish([request]);
        await billerCaughtUp(app);
      }),
  };

  async function typed({ period }: RunWish): Promise<void> {
    const now = new Date(clock.now()).toISOString();
    const environment = { ...world.environment, BILLING_TEST_MODE: 'true' };
    const { code, stderr } = await runCli(['process', '--period', `${period}`, '--now', now, '--json'], environment);
    // 1: some shop could not be billed.
    if (code !== 0 && code !== 1) throw new Error(`process ended with ${code}: ${stderr}`);
  }

  /** What is on the topics after the work that was not there before. */
  async function answersOn(topics: readonly TopicName[], work: () => Promise<unknown>) {
    const endsOf = (topic: TopicName) => app.log.endOffsets([topic]);
    const before = await Promise.all(topics.map(endsOf));
    await work();
    const after = await Promise.all(topics.map(endsOf));
    const ranges = topics.flatMap((topic, place) =>
      after[place]!.map(({ partition, offset }) => {
        const from = before[place]!.find((end) => end.partition === partition)?.offset ?? 0n;
        return { topic, partition, from, to: offset };
      }),
    );
    const messages = [];
    for await (const records of app.log.read(ranges))
      for (const decoded of await app.codec.decode(records)) {
        if ('problem' in decoded) throw new Error(decoded.problem);
        messages.push(decoded);
      }
    return messages;
  }
}

/**
 * The auditor. Shares no code with the handlers: it reads the committed log, works every bill out from the lines that
 * were told, and compares what the log, the register and the read models say.
 */
import type { Told } from '../clients.ts';
import type { Servers } from '../servers.ts';
import { checkBills } from './check-bills.ts';
import { checkCommands } from './check-commands.ts';
import { checkCredits } from './check-credits.ts';
import { checkDeadLetters } from './check-dead-letters.ts';
import { checkLog } from './check-log.ts';
import { checkRuns } from './check-runs.ts';
import { checkReadModels, checkRegister } from './check-stores.ts';
import { decisionsOf, standing } from './decisions.ts';
import { createExpectations } from './expectations.ts';
import { observe } from './observed.ts';

export interface Findings {
  /** Everything that is wrong, in words. */
  readonly violations: readonly string[];
  /** How many shops ended how. */
  readonly outcomes: ReadonlyMap<string, number>;
}

export async function audit(servers: Servers, told: Told, timeZone: string): Promise<Findings> {
  const observed = await observe(servers, told, timeZone);
  const live = decisionsOf(observed, 'events');
  const dry = decisionsOf(observed, 'dry-run-events');
  const expectations = createExpectations(observed);
  const last = standing([...live, ...dry]);
  const { violations, results } = await checkRuns(observed, expectations, servers.runs, last);
  const dryResults = results.filter(({ started }) => started.dryRun);
  const outcomes = new Map<string, number>();
  for (const { outcome } of last.values()) outcomes.set(outcome!, (outcomes.get(outcome!) ?? 0) + 1);
  return {
    outcomes,
    violations: [
      ...checkLog(observed, live),
      ...violations,
      ...checkBills(observed, expectations, [...live, ...dry]),
      ...checkCredits(live, dry),
      ...checkCommands(observed, live),
      ...checkDeadLetters(observed),
      ...(await checkRegister(servers, live, dryResults)),
      ...(await checkReadModels(servers, observed, results, last)),
    ],
  };
}

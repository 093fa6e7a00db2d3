/** People who decide about bills, stop runs and pause issuing, by the same functions as command line and HTTP. */
import { createMemoryReadModels } from '../../src/adapters/memory-read-models.ts';
import type { Log } from '../../src/adapters/log.ts';
import { uuidV5 } from '../../src/adapters/uuid.ts';
import { createCancelRun } from '../../src/producers/cancel-run.ts';
import { createRedriveDeadLetters } from '../../src/producers/redrive-dead-letters.ts';
import { createDecideHold } from '../../src/producers/request-hold-decision.ts';
import { createCreditInvoice, createVoidInvoice } from '../../src/producers/request-invoice-change.ts';
import { createSetIssuing } from '../../src/producers/set-issuing.ts';
import { BillingError } from '../../src/errors.ts';
import type { SeededRandom } from '../../src/producers/seeded-random.ts';
import { gatedCodec, gatedPort, gatedRuns } from './gated-ports.ts';
import type { Servers } from './servers.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** What somebody wants to do, with whatever there is by then. */
export type Deed = 'release' | 'reject' | 'void' | 'credit' | 'cancel' | 'pause' | 'redrive';

const SAID = { reason: 'simulated', actor: 'somebody' };
const FIRST_PAGE = { cursor: null, limit: 1_000 };
/** How often somebody looks whether there is something to be done by now. */
const LOOKS = 10;

/** Does it once, or gives up where there is nothing to do. Throws where it is not known whether it was done. */
export async function doDeed(
  deed: Deed,
  { process, log, servers, random }: { process: SimulatedProcess; log: Log; servers: Servers; random: SeededRandom },
): Promise<void> {
  const { clock } = process;
  const readModels = gatedPort(
    process,
    'postgres',
    'read models',
    createMemoryReadModels({ store: servers.projections, ledger: servers.ledger }),
  );
  const dependencies = {
    ...{ log, clock, readModels },
    codec: gatedCodec(process, servers.codec),
    runs: gatedRuns(process, servers.runs),
    control: gatedPort(process, 'postgres', 'control', servers.control),
    randomId: () => uuidV5(`deed ${random.next()}`),
    deterministicId: (name: string) => uuidV5(name),
  };

  async function found<T>(look: () => Promise<readonly T[]>): Promise<T | null> {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const items = await look();
      if (items.length > 0) return random.pick(items);
      await clock.sleep(random.whole(100, 2_000));
    }
    return null;
  }

  async function decideHold(action: 'release' | 'reject'): Promise<void> {
    const held = await found(async () => (await readModels.listHeldBills(FIRST_PAGE)).items);
    if (held) await createDecideHold(dependencies)({ billId: held.billId, action, ...SAID });
  }

  async function changeInvoice(change: 'void' | 'credit'): Promise<void> {
    const all = { periodStartDate: null, shopId: null, runId: null, ...FIRST_PAGE };
    const invoice = await found(async () => (await readModels.listInvoices(all)).items);
    if (invoice === null) return;
    const { invoiceNumber } = invoice;
    if (change === 'void') await createVoidInvoice(dependencies)({ invoiceNumber, ...SAID });
    else await createCreditInvoice(dependencies)({ invoiceNumber, amount: random.pick(['1', '2', '30']), ...SAID });
  }

  async function cancel(): Promise<void> {
    const run = await found(async () => (await readModels.listRuns(FIRST_PAGE)).items);
    if (run) await createCancelRun(dependencies)({ runId: run.runId, ...SAID });
  }

  async function redrive(): Promise<void> {
    const where = {};
    const letter = await found(async () => (await readModels.listDeadLetters({ where, ...FIRST_PAGE })).items);
    if (letter === null) return;
    await createRedriveDeadLetters(dependencies)({ ids: [letter.deadLetterId], where, ...SAID });
  }

  async function pause(): Promise<void> {
    const setIssuing = createSetIssuing(dependencies);
    await setIssuing({ paused: true, ...SAID });
    await clock.sleep(random.whole(100, 5_000));
    await setIssuing({ paused: false, ...SAID });
  }

  switch (deed) {
    case 'release':
    case 'reject':
      return orRefused(decideHold(deed));
    case 'void':
    case 'credit':
      return orRefused(changeInvoice(deed));
    case 'cancel':
      return orRefused(cancel());
    case 'redrive':
      return orRefused(redrive());
    case 'pause':
      return pause();
    default:
      return deed satisfies never;
  }
}

/** Somebody else was faster, or it cannot be done: that is an answer too. */
async function orRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof BillingError) || error.code === 'UNAVAILABLE') throw error;
  }
}

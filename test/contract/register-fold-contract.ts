/** What every register promises about decisions that the log tells of. */
import { beforeEach, describe, expect, test } from 'vitest';
import { eventsOf } from '../../src/adapters/register-agreement.ts';
import { FoldFirst, type LoggedDecision, type NewDecision, type Register } from '../../src/adapters/register.ts';
import {
  at,
  command,
  credit,
  decided,
  invoiced,
  NOVEMBER,
  OCTOBER,
  record,
  type RegisterWorld,
} from './register-given.ts';

export function registerFoldContract(createWorld: () => Promise<RegisterWorld>): void {
  let register: Register;
  const another = async () => void ({ register } = await createWorld());
  beforeEach(another);

  const stateOf = async (runId: string, periodStartDate: string) =>
    (await register.load([{ runId, shopId: 's1', periodStartDate, source: at(7) }]))[0]!;
  const states = async () => [
    await stateOf('run-1', OCTOBER),
    await stateOf('run-2', NOVEMBER),
    (await register.loadBills([{ shopId: 's1', source: at(8), billId: 'bill-run-1-s1' }]))[0]!,
  ];

  /** Records the decisions, and returns what the log tells of them. */
  async function logged(decisions: readonly NewDecision[]): Promise<LoggedDecision[]> {
    const told: LoggedDecision[] = [];
    for (const decision of decisions) {
      const [records] = await register.record([decision]);
      const { expectedSequence, knowsCancelled: _, numbered: __, ...facts } = decision;
      const number = decision.numbered ? records!.at(-1)!.value!.toString() : null;
      told.push({
        ...facts,
        shopSequence: expectedSequence + 1,
        invoiceNumber: facts.invoiceNumber ?? number,
        issuedNumber: number,
        records: eventsOf(records!),
      });
    }
    return told;
  }

  const history = [
    credit(500n, { runId: 'run-0', periodStartDate: '2026-09-01' }),
    invoiced({ expectedSequence: 1, creditsUsed: [{ billId: 'bill-run-0-s1', amountMinor: 200n }] }),
    command('credit-note', { expectedSequence: 2, totalMinor: 30n }),
    decided({ runId: 'run-2', periodStartDate: NOVEMBER, expectedSequence: 3, outcome: 'failed', source: at(9) }),
    invoiced({ runId: 'run-2', periodStartDate: NOVEMBER, expectedSequence: 4, source: at(10) }),
  ];

  describe('a fold of the log', () => {
    test('into an empty register makes it what it was: states, bills, credits, numbers', async () => {
      const told = await logged(history);
      const before = await states();

      await another();
      expect(await register.fold(told)).toBe(5);

      expect(await states()).toEqual(before);
      const [next] = await register.record([invoiced({ shopId: 's2' })]);
      expect(next!.at(-1)!.value!.toString()).toBe('INV-2026-000003');
    });

    test('finds nothing to do where everything is recorded', async () => {
      const told = await logged(history);

      expect(await register.fold(told)).toBe(0);
      expect(await register.fold([])).toBe(0);
    });

    test('records only what is missing, behind what is there', async () => {
      const told = await logged(history);
      const before = await states();

      await another();
      await register.fold(told.slice(0, 3));
      expect(await register.fold(told)).toBe(2);

      expect(await states()).toEqual(before);
    });

    test('gives credit back where a bill was voided', async () => {
      const back = [{ billId: 'bill-run-0-s1', amountMinor: -200n }];
      const told = await logged([...history.slice(0, 2), command('void', { expectedSequence: 2, creditsUsed: back })]);

      await another();
      await register.fold(told);

      const { credits, decision, settledByRunId } = await stateOf('run-1', OCTOBER);
      expect(credits).toMatchObject([{ remainingMinor: 500n }]);
      expect([decision!.outcome, settledByRunId]).toEqual(['voided', null]);
    });

    test('lets the newer decision stand when the older one is told later', async () => {
      const [older, newer] = await logged([
        decided({ outcome: 'failed' }),
        decided({ expectedSequence: 1, source: at(8), outcome: 'zero' }),
      ]);

      await another();
      await register.fold([newer!]);
      await register.fold([older!]);

      const { decision, own, sequence, settledByRunId } = await stateOf('run-1', OCTOBER);
      expect([decision!.shopSequence, own!.shopSequence, sequence, settledByRunId]).toEqual([2, 1, 2, 'run-1']);
    });

    test.each([
      ['bytes', { value: Buffer.from('else') }],
      ['headers', { headers: { ce_id: 'e1', ce_type: 'ShopBillCalculated', more: '1' } }],
      ['a key', { key: 's9' }],
    ])('is refused where it tells %s that were never recorded', async (_, other) => {
      const [told] = await logged([decided()]);

      await expect(register.fold([{ ...told!, records: [record(other)] }])).rejects.toMatchObject({
        code: 'REGISTER_CONFLICT',
      });
    });

    test('is refused where it gives one number twice', async () => {
      const told = await logged([invoiced()]);

      await another();
      await register.fold(told);

      const twice = { ...told[0]!, shopId: 's2' };
      await expect(register.fold([twice])).rejects.toMatchObject({ code: 'REGISTER_CONFLICT' });
    });

    test('must come first when a connection was opened since the last one', async () => {
      await expect(register.record([decided()], -1)).rejects.toThrow(FoldFirst);
      expect(await register.record([decided()], register.generation())).not.toContain(null);
    });
  });
}

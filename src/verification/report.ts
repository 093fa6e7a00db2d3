/** What a verification looked at, and what it found, with the place of each finding. */

/** The checks, in the order they are told. */
export const CHECKS = {
  manifests: 'each run has the shops it was planned with, and one outcome for each',
  settlement: 'a period of a shop is settled by one decision, and no event is on the log twice',
  sequences: 'decisions about a shop are numbered without gaps, up to its head',
  facts: 'each fact of the ledger is the one on the log, and none is missing',
  revenue: 'each segment has the revenue, refunds and fee of its facts on the log, within the pins',
  bills: 'lines, discount, tax, credit and total of each bill add up',
  adjustments: 'late facts are on the log, in one standing bill, and come to what it adjusts',
  credits: 'carried credit is spent where it was granted, and never beyond',
  invoices: 'each invoice is its bill, once',
  numbers: 'numbers have no gaps, on the log, in the register and in the read models',
  register: 'each row of the register is its events, byte for byte',
  'read models': 'read models are the fold of the log',
} as const;

export type CheckName = keyof typeof CHECKS;

export interface Finding {
  readonly check: CheckName;
  /** Table and key, or place in the log. */
  readonly place: string;
  readonly message: string;
}

export interface CheckResult {
  readonly check: CheckName;
  /** Things looked at. */
  readonly examined: number;
  readonly found: number;
}

export interface VerificationReport {
  readonly checks: readonly CheckResult[];
  /** The first of each check: there may be more than anybody reads. */
  readonly findings: readonly Finding[];
}

export interface Findings {
  examined(check: CheckName, count?: number): void;
  add(check: CheckName, place: string, message: string): void;
  /** Looks at one value, and adds a finding where it is another than it should be. */
  expectSame(check: CheckName, place: string, what: string, expected: unknown, actual: unknown): void;
  report(): VerificationReport;
}

const KEPT_OF_EACH = 200;

export function createFindings(): Findings {
  const names = Object.keys(CHECKS) as CheckName[];
  const counts = new Map(names.map((name) => [name, { examined: 0, found: 0 }]));
  const findings: Finding[] = [];
  const add: Findings['add'] = (check, place, message) => {
    const count = counts.get(check)!;
    count.found += 1;
    if (count.found <= KEPT_OF_EACH) findings.push({ check, place, message });
  };
  return {
    examined: (check, count = 1) => void (counts.get(check)!.examined += count),
    add,
    expectSame: (check, place, what, expected, actual) => {
      const [wanted, is] = [text(expected), text(actual)];
      if (wanted !== is) add(check, place, `${what} is ${is}, not ${wanted}`);
    },
    report: () => ({
      checks: names.map((check) => ({ check, ...counts.get(check)! })),
      findings: findings.toSorted((a, b) => names.indexOf(a.check) - names.indexOf(b.check)),
    }),
  };
}

/** Values as they are compared and shown: numbers alike whatever type they came in, fields in one order. */
export function text(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString();
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

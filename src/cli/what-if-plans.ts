/** The file of `--what-if`: fields of PlanAssigned that would be otherwise, for some shops or all. */
import type { PlanAssigned } from '../domain/facts.ts';
import type { PlanVersion } from '../domain/shop-facts.ts';
import { BillingError } from '../errors.ts';
import { parseFact } from '../producers/parse-fact.ts';

/** What may be changed, in the file's words and in the plan's. */
const FIELDS = {
  terms: 'terms',
  trialThreshold: 'trialThresholdMinor',
  minimumFee: 'minimumFeeMinor',
  maximumFee: 'maximumFeeMinor',
  discountRate: 'discountRatePpm',
  taxRate: 'taxRatePpm',
  attributionModel: 'attributionModel',
  fraudProfile: 'fraudProfile',
} as const satisfies Readonly<Record<string, keyof PlanAssigned>>;
type FieldName = keyof typeof FIELDS;

const isField = (name: string): name is FieldName => name in FIELDS;

type Override = Readonly<Record<string, unknown>>;

/**
 * Reads the file: a list of overrides, later ones over earlier ones. Amounts are in the currency of the plan they change.
 * @returns the change of a plan version
 * @throws BillingError USAGE that lists every problem with its place
 */
export function parseWhatIf(text: string): (plan: PlanVersion) => PlanVersion {
  let overrides: unknown;
  try {
    overrides = JSON.parse(text);
  } catch (error) {
    throw new BillingError('USAGE', `The file of --what-if is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(overrides) || overrides.length === 0) {
    throw new BillingError(
      'USAGE',
      'The file of --what-if must be a list of overrides, such as [{"minimumFee":"5.00"}].',
    );
  }
  const problems = overrides.flatMap((one: unknown, at) => problemsOf(one).map((problem) => `[${at}]: ${problem}`));
  if (problems.length > 0) {
    throw new BillingError(
      'USAGE',
      `The file of --what-if has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
    );
  }
  return (plan) => (overrides as Override[]).filter((one) => isFor(one, plan)).reduce(changedBy, plan);
}

const isFor = ({ shopIds, currency }: Override, plan: PlanVersion): boolean =>
  (shopIds === undefined || (shopIds as string[]).includes(plan.shopId)) &&
  (currency === undefined || currency === plan.currency);

/** Field by field: whether they go together is found out where the plan is used, for each shop. */
function changedBy(plan: PlanVersion, override: Override): PlanVersion {
  const names = Object.keys(override).filter(isField);
  try {
    const changes = names.map((name) => {
      const parsed = parsedAs({ [name]: override[name] }, plan.currency);
      return [FIELDS[name], parsed[FIELDS[name]]] as const;
    });
    return { ...plan, ...Object.fromEntries(changes) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new BillingError('USAGE', `--what-if cannot change the plan of shop ${plan.shopId}: ${problem}`, {
      cause: error,
    });
  }
}

function problemsOf(override: unknown): string[] {
  if (typeof override !== 'object' || override === null || Array.isArray(override)) return ['is no object'];
  const { shopIds, currency, ...fields } = override as Override;
  const names = Object.keys(fields);
  const problems = names
    .filter((name) => !isField(name))
    .map((name) => `${JSON.stringify(name)} cannot be changed: only ${Object.keys(FIELDS).join(', ')}`);
  if (!names.some(isField)) problems.push('changes nothing');
  const isList = Array.isArray(shopIds) && shopIds.length > 0 && shopIds.every((id) => typeof id === 'string');
  if (shopIds !== undefined && !isList) problems.push('shopIds must be a list of shop ids');
  for (const name of names.filter(isField)) {
    try {
      // Without a currency: one with many digits, so that only what no currency allows is refused before it is used.
      parsedAs({ [name]: fields[name] }, currency === undefined ? 'KWD' : currency);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return problems;
}

/** By the parser of facts: what would be refused as a fact is refused here. @throws RuleError FACT_MALFORMED */
function parsedAs(override: Override, currency: unknown): PlanAssigned {
  const fields = Object.fromEntries(Object.entries(override).filter(([name]) => isField(name)));
  const fact = parseFact({
    ...{ type: 'PlanAssigned', shopId: 'what-if', planId: 'what-if', currency, effectiveFrom: '2000-01-01' },
    ...{ terms: { type: 'revenue_share' }, occurredAt: '2000-01-01T00:00:00Z', ...fields },
  });
  if (fact.type !== 'PlanAssigned') throw new Error(`${fact.type} is no plan.`);
  return fact.data;
}

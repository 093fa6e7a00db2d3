/** A shop that cannot be billed as its facts stand: outcome `failed`, with the code of the dead letter. */
export class BillFailure extends Error {
  readonly code: 'PLAN_CURRENCY_CHANGED' | 'FX_RATE_MISSING';

  constructor(code: BillFailure['code'], what: string) {
    super(`${code}: ${what}`);
    this.code = code;
  }
}

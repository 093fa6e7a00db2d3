/** Every change that a person makes carries a reason: it stands in an event for ever. */
import { BillingError } from '../errors.ts';

const MAX_LENGTH = 500;

/** @throws BillingError USAGE when there is none, or one that is no text for people */
export function checkReason(reason: string): void {
  if (reason.trim() === '') throw new BillingError('USAGE', 'A reason is needed: say why, for whoever reads it later.');
  if (reason.length > MAX_LENGTH) {
    throw new BillingError('USAGE', `The reason has ${reason.length} characters; at most ${MAX_LENGTH} are kept.`);
  }
  // Postgres text cannot hold NUL, half a character is no text, and line breaks would tear log lines apart.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(reason) || !reason.isWellFormed()) {
    throw new BillingError('USAGE', 'A reason is one line of text without control characters.');
  }
}

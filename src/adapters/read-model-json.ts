/** JSON columns of the read models: amounts as decimal text, because a JSON number is none of ours. */
import type { BillingRunCompleted, BillLine } from '../domain/events.ts';
import type { CreditNoteView } from './read-models.ts';

const amountsAsText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
const amountsFromText = (key: string, value: unknown): unknown =>
  key.endsWith('Minor') && typeof value === 'string' ? BigInt(value) : value;

/** Every bigint must be in a field whose name ends in `Minor`. */
export const toJson = (value: unknown): string => JSON.stringify(value, amountsAsText);

export const linesFromJson = (text: string): BillLine[] => JSON.parse(text, amountsFromText) as BillLine[];
export const creditNotesFromJson = (text: string): CreditNoteView[] =>
  JSON.parse(text, amountsFromText) as CreditNoteView[];
export const completedFromJson = (text: string): BillingRunCompleted =>
  JSON.parse(text, amountsFromText) as BillingRunCompleted;

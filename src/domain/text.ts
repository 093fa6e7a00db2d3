/** What counts as text, and as an id. Kafka carries any bytes; what is to be kept, compared and shown has to be text. */

/** Characters; an index does not take keys of any length. */
export const MAX_ID_LENGTH = 256;

/** No database keeps a NUL, and half a character is none. */
export const isText = (value: string): boolean => !value.includes('\0') && value.isWellFormed();

/** Whether anything can be looked up by it. */
export const isId = (value: string): boolean => value.length <= MAX_ID_LENGTH && isText(value);

/** Whether every string in it is text, however deep. */
export function holdsOnlyText(value: unknown): boolean {
  if (typeof value === 'string') return isText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(holdsOnlyText);
}

/** The same, with a replacement character for whatever is no text. */
export const toText = (value: string): string => value.replaceAll('\0', '\ufffd').toWellFormed();

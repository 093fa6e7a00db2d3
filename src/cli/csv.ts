/** CSV as RFC 4180 has it: CRLF line ends, quotes where they are needed. */

/** One record with its line end. Null is an empty field. */
export function toCsvRecord(fields: readonly (string | number | null)[]): string {
  return `${fields.map((field) => quote(field === null ? '' : String(field))).join(',')}\r\n`;
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

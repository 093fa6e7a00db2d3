/** An array as Postgres writes it. Several travel as texts: an array of arrays would have to be rectangular. */
export function arrayLiteral(items: readonly unknown[] | null | undefined): string | null {
  if (!items) return null;
  return `{${items.map((item) => (typeof item === 'string' ? quoted(item) : String(item))).join(',')}}`;
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

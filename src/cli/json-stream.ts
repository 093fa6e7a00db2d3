/** One JSON document whose long lists are written page by page, never held in memory as a whole. */

/** A list that is still to be read, in pages. */
export type PagedList = () => AsyncIterable<readonly unknown[]>;

/**
 * Yields the text of an object, indented by two spaces on its first level; a value that is a function is read as
 * a list, one element a line.
 */
export async function* streamJson(document: Readonly<Record<string, unknown>>): AsyncIterable<string> {
  let separator = '{\n';
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    yield `${separator}  ${JSON.stringify(name)}: `;
    if (typeof value === 'function') yield* streamJsonList((value as PagedList)(), '  ');
    else yield JSON.stringify(value);
    separator = ',\n';
  }
  yield separator === '{\n' ? '{}\n' : '\n}\n';
}

/** Yields the text of an array, one element a line, without a line end behind it. */
export async function* streamJsonList(pages: AsyncIterable<readonly unknown[]>, indent: string): AsyncIterable<string> {
  let isFirst = true;
  for await (const items of pages) {
    if (items.length === 0) continue;
    const lines = items.map((item) => `${indent}  ${JSON.stringify(item)}`);
    yield `${isFirst ? '[' : ','}\n${lines.join(',\n')}`;
    isFirst = false;
  }
  yield isFirst ? '[]' : `\n${indent}]`;
}

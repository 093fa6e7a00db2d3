/** All items of a paged list, page by page. */
import type { Page } from '../adapters/read-models.ts';

export const PAGE_SIZE = 500;

export async function* allPages<T>(
  load: (cursor: string | null) => Promise<Page<T>>,
): AsyncGenerator<readonly T[], void, undefined> {
  for (let cursor: string | null = null; ;) {
    const page: Page<T> = await load(cursor);
    if (page.items.length > 0) yield page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

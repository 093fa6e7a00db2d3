/** The markdown pages of the project, as tests read them. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Paths of all pages, relative to the root. */
export const PAGES = globSync(['*.md', 'docs/**/*.md', 'schemas/*.md', 'stack/*.md'], { cwd: ROOT }).sort();

export function readPage(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

/** The page without its fenced blocks, in which nothing is a link or a heading. */
export function prose(path: string): string {
  return readPage(path).replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** The rows of all tables whose first cell is a single word in code style: cells without their backticks. */
export function codeRows(path: string): string[][] {
  return prose(path)
    .split('\n')
    .filter((line) => /^\| `[^`\s]+` \|/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    );
}

/** Titles of the headings. */
export function headings(path: string): string[] {
  return [...prose(path).matchAll(/^#{1,6} (.+)$/gm)].map((match) => match[1]!);
}

/** The anchor GitHub makes of a heading: lower case, punctuation dropped, blanks to hyphens. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

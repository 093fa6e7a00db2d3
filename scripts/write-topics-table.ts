/** npm run docs:topics: writes the topic map into ARCHITECTURE.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withTopicsTable } from '../src/topics-table.ts';

const page = new URL('../ARCHITECTURE.md', import.meta.url);
writeFileSync(page, withTopicsTable(readFileSync(page, 'utf8')));

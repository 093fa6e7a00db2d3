/** Bytes → numbered lines, in whatever pieces the bytes come, and in constant memory. */
import { isUtf8 } from 'node:buffer';

/** A line as text, without its end (`\n` or `\r\n`), or why it is none. `number` counts from 1, empty lines included. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly problem: string; readonly raw: Buffer };

const MAX_LINE_BYTES = 1 << 20;
/** Of a line that is too long only the beginning is kept. */
const KEPT_BYTES = 1_024;
const PIECE_BYTES = 1 << 16;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Yields the lines in groups; empty ones are left out, a byte order mark at the beginning is dropped. A line longer
 * than 1 MiB or not in UTF-8 comes as a problem. When the bytes break off with an error, the lines before it come
 * first, then what was begun of the next as a problem with the error's message: nothing can be read behind it.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Line[]> {
  const open = createOpenLine();
  let count = 0;
  try {
    for await (const chunk of chunks) {
      for (const piece of pieces(chunk)) {
        const lines: Line[] = [];
        const first = piece.indexOf(NEWLINE);
        if (first < 0) {
          open.add(piece);
          continue;
        }
        open.add(piece.subarray(0, first));
        pushTo(lines, open.close(++count));
        const last = piece.lastIndexOf(NEWLINE);
        if (last > first) count = splitInto(lines, piece.subarray(first + 1, last), count);
        open.add(piece.subarray(last + 1));
        if (lines.length > 0) yield lines;
      }
    }
  } catch (error) {
    yield [{ number: count + 1, problem: (error as Error).message, raw: open.take() }];
    return;
  }
  const rest: Line[] = [];
  pushTo(rest, open.close(count + 1));
  if (rest.length > 0) yield rest;
}

/** The line whose end has not come yet. Its bytes are copied, because a source may use its chunks again. */
function createOpenLine() {
  let held = Buffer.allocUnsafe(PIECE_BYTES);
  let length = 0;
  let total = 0;

  function take(): Buffer {
    const bytes = Buffer.from(held.subarray(0, length));
    length = 0;
    total = 0;
    return bytes;
  }

  return {
    take,
    add(bytes: Buffer): void {
      total += bytes.length;
      if (total > MAX_LINE_BYTES) {
        if (length < KEPT_BYTES) bytes.copy(held, length, 0, KEPT_BYTES - length);
        length = KEPT_BYTES;
        return;
      }
      if (length + bytes.length > held.length) {
        const larger = Buffer.allocUnsafe(Math.max(held.length * 2, length + bytes.length));
        held.copy(larger, 0, 0, length);
        held = larger;
      }
      bytes.copy(held, length);
      length += bytes.length;
    },
    /** Ends the line; null when it is empty. */
    close(number: number): Line | null {
      const isTooLong = total > MAX_LINE_BYTES;
      const problem = `the line has ${total} bytes, more than ${MAX_LINE_BYTES} (only its first ${KEPT_BYTES} are kept)`;
      const bytes = take();
      return isTooLong ? { number, problem, raw: bytes } : toLine(number, bytes);
    },
  };
}

/** Pieces are shorter than the longest line, so that only a line that spans pieces can be too long. */
function* pieces(chunk: Uint8Array): Iterable<Buffer> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

/** Splits whole lines, decoding them in one go where all of them are text. Returns the count of lines so far. */
function splitInto(lines: Line[], bytes: Buffer, countBefore: number): number {
  let count = countBefore;
  if (isUtf8(bytes)) {
    for (const text of bytes.toString('utf8').split('\n')) pushTo(lines, toTextLine(++count, text));
    return count;
  }
  for (let at = 0; at <= bytes.length;) {
    const found = bytes.indexOf(NEWLINE, at);
    const end = found < 0 ? bytes.length : found;
    pushTo(lines, toLine(++count, Buffer.from(bytes.subarray(at, end))));
    at = end + 1;
  }
  return count;
}

function pushTo(lines: Line[], line: Line | null): void {
  if (line !== null) lines.push(line);
}

function toLine(number: number, bytes: Buffer): Line | null {
  if (isUtf8(bytes)) return toTextLine(number, bytes.toString('utf8'));
  return { number, problem: 'the line is not UTF-8 text', raw: bytes };
}

function toTextLine(number: number, line: string): Line | null {
  const unmarked = number === 1 && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
  const text = unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked;
  return text.trim() === '' ? null : { number, text };
}

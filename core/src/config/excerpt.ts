import type { Excerpt } from './config-error.ts';

/** From and to, offsets in the whole text. */
export type Range = readonly [from: number, to: number];

/** A part of the text that must not be printed, and what is printed in its place. */
export interface Mask {
  readonly range: Range;
  readonly as: '[secret]' | '';
}

const longest = 120;

/** The line around `at`, with what is masked in it replaced, and its column moved along. */
export function excerptOf(text: string, at: Range, masks: readonly Mask[]): Excerpt {
  const from = at[0] === 0 ? 0 : text.lastIndexOf('\n', at[0] - 1) + 1;
  const end = text.indexOf('\n', from);
  const to = end === -1 ? text.length : end;
  let line = '';
  let column = at[0] - from + 1;
  let read = from;
  for (const { range, as } of masksWithin(masks, from, to)) {
    line += text.slice(read, range[0]) + as;
    if (range[1] <= at[0]) column += as.length - (range[1] - range[0]);
    else if (range[0] <= at[0]) column = line.length - as.length + 1;
    read = range[1];
  }
  line = (line + text.slice(read, to)).trimEnd();
  return fitted(line, column, Math.min(at[1], to) - at[0]);
}

/** The parts of masks that lie on the line, in order, none inside another. */
function masksWithin(masks: readonly Mask[], from: number, to: number): Mask[] {
  const kept: Mask[] = [];
  const onLine = masks
    .map(({ range, as }): Mask => ({ range: [Math.max(range[0], from), Math.min(range[1], to)], as }))
    .filter(({ range }) => range[0] < range[1])
    .toSorted((one, other) => one.range[0] - other.range[0] || other.range[1] - one.range[1]);
  let read = from;
  for (const { range, as } of onLine) {
    if (range[1] <= read) continue;
    kept.push({ range: [Math.max(range[0], read), range[1]], as });
    read = range[1];
  }
  return kept;
}

/** A line too long for a terminal keeps what is around the column. */
function fitted(line: string, column: number, length: number): Excerpt {
  const cut = line.length <= longest ? 0 : Math.max(0, Math.min(column - longest / 3, line.length - longest));
  const before = cut > 0 ? '…' : '';
  const after = line.length - cut > longest ? '…' : '';
  const text = before + line.slice(cut, cut + longest) + after;
  const moved = column - cut + before.length;
  return { text, column: moved, length: Math.max(1, Math.min(length, text.length - moved + 1)) };
}

const afterSecretWord = /(?:key|secret|token|password|credential|authorization)\w*["']?\s*[:=]\s*(\S.*)$/gim;
const longWord = /[\w+/=-]{16,}(?![\w-]*["']?\s*:)/g;
const userInUrl = /(?<=:\/\/)[^\s/@]+(?=@)/g;

/** What looks like a secret in a text of which nothing more is known, because it could not be parsed. */
export function suspects(text: string): Mask[] {
  const rest = [...text.matchAll(afterSecretWord)].map((match): Mask => {
    const end = match.index + match[0].length;
    return { range: [end - (match[1] ?? '').length, end], as: '[secret]' };
  });
  return [...rest, ...matches(text, longWord), ...usersInUrls(text)];
}

/** User names and passwords within URLs. `from` is where the text begins in the whole one. */
export function usersInUrls(text: string, from = 0): Mask[] {
  return matches(text, userInUrl, from);
}

function matches(text: string, pattern: RegExp, from = 0): Mask[] {
  return [...text.matchAll(pattern)].map((match): Mask => {
    const start = from + match.index;
    return { range: [start, start + match[0].length], as: '[secret]' };
  });
}

import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';
import type { ConfigError } from './config-error.ts';
import type { ConfigPath } from './config-path.ts';
import type { Shows } from './config-source.ts';
import { excerptOf, type Mask, type Range, usersInUrls } from './excerpt.ts';

/** A parsed text and what is needed to find a place in it. */
export interface ParsedYaml {
  readonly text: string;
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document.Parsed;
}

/** Adds line, column and excerpt to an error that has a path. */
export function locateInYaml(error: ConfigError, parsed: ParsedYaml, shows: Shows): ConfigError {
  const range = rangeOf(error, parsed);
  if (range === undefined) return error.at({ file: parsed.file });
  const { line, col } = parsed.lines.linePos(range[0]);
  const excerpt = excerptOf(parsed.text, range, masksOf(parsed, shows));
  return error.at({ file: parsed.file, line, column: col, excerpt });
}

function rangeOf(error: ConfigError, { document, text }: ParsedYaml): Range | undefined {
  const { path, mark, part } = error.place;
  const found = path === undefined ? undefined : find(document, path);
  if (found === undefined) return undefined;
  const whole = mark === 'key' && found.key !== undefined ? found.key : found.value;
  const within = part === undefined ? -1 : text.slice(whole[0], whole[1]).indexOf(part);
  if (part === undefined || within === -1) return whole;
  return [whole[0] + within, whole[0] + within + part.length];
}

interface Found {
  readonly key: Range | undefined;
  readonly value: Range;
}

/** The place of a path, or of as much of it as there is: a shorthand is one scalar for several steps. */
function find(document: Document.Parsed, path: ConfigPath): Found | undefined {
  let node: unknown = document.contents;
  let found: Found | undefined = node === null ? undefined : { key: undefined, value: span(node) };
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    const pair = isMap(node) ? pairOf(node.items, step) : undefined;
    const item: unknown = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
    if (pair !== undefined) {
      const key = span(pair.key);
      node = pair.value;
      found = { key, value: node === null ? key : span(node) };
    } else if (item !== undefined) {
      node = item;
      found = { key: undefined, value: span(item) };
    } else return found;
  }
  return found;
}

function pairOf(pairs: readonly Pair[], step: string | number): Pair | undefined {
  return pairs.find(({ key }) => isScalar(key) && String(key.value) === String(step));
}

function span(node: unknown): Range {
  const [from, to] = (node as Node).range ?? [0, 0];
  return [from, to];
}

const onlyPlaceholder = /^["']?\$\{[^}:]*(?::\?[^}]*)?\}["']?$/;

/** A small number or a truth: too little to be a secret. */
const harmless = /^(?:-?\d{1,6}|true|false|null|~)$/;

/** Every scalar that nobody vouches for but a mere `${NAME}`, users in URLs, and comments. */
function masksOf({ document, text }: ParsedYaml, shows: Shows): Mask[] {
  const scalars = scalarsOf(document.contents, []);
  const masks = scalars.flatMap(({ path, range }): Mask[] => {
    const written = text.slice(range[0], range[1]);
    if (path === undefined || onlyPlaceholder.test(written) || harmless.test(written)) return [];
    return shows(path) ? usersInUrls(written, range[0]) : [{ range, as: '[secret]' }];
  });
  return [...masks, ...comments(text, scalars)];
}

interface Written {
  /** Absent: it is a key. */
  readonly path: ConfigPath | undefined;
  readonly range: Range;
}

function scalarsOf(node: unknown, path: ConfigPath): Written[] {
  if (isScalar(node)) return [{ path, range: span(node) }];
  if (isSeq(node)) return node.items.flatMap((item, at) => scalarsOf(item, [...path, at]));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => [
    { path: undefined, range: span(key) },
    ...scalarsOf(value, [...path, isScalar(key) ? String(key.value) : '']),
  ]);
}

/** An old key is often kept in a comment. */
function comments(text: string, scalars: readonly Written[]): Mask[] {
  const marks = [...text.matchAll(/(?<=^|\s)#.*$/gm)];
  const inScalar = (at: number): boolean => scalars.some(({ range }) => range[0] <= at && at < range[1]);
  return marks
    .filter(({ index }) => !inScalar(index))
    .map((match): Mask => ({ range: [match.index, match.index + match[0].length], as: '' }));
}

import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { type ConfigError, configErrors, ConfigErrors } from './config-error.ts';
import type { ConfigSource } from './config-source.ts';
import { excerptOf, type Range, suspects } from './excerpt.ts';
import { yamlMistakes } from './yaml-mistakes.ts';
import { locateInYaml } from './yaml-place.ts';

/** More of them than this in one text is an attack on memory, not a way to repeat oneself. */
const maxAliases = 100;
/** One slip of the pen makes many errors after it. */
const maxMistakes = 3;

/** Reads YAML, or JSON, which is YAML: its keys and values keep their line and column. */
export function readYaml(text: string, file: string, folder: string): ConfigSource {
  const lines = new LineCounter();
  const document = parse(text, file, lines);
  return {
    file,
    folder,
    handWritten: true,
    value: valueOf(document, file),
    warnings: [],
    locate: (error, shows) => locateInYaml(error, { text, file, lines, document }, shows),
  };
}

function parse(text: string, file: string, lines: LineCounter): Document.Parsed {
  // The parser's own pretty errors would print the line as it is, secrets and all.
  // Its own search for doubled keys compares each with each, which ten thousand models would feel.
  const how = { lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;
  const document = parseDocument(text, how);
  const found: readonly Fault[] = [...document.errors, ...document.warnings, ...doubledKeys(document.contents)];
  if (found.length === 0) return document;
  const first = found.filter(({ code }, at) => at === 0 || code !== 'UNEXPECTED_TOKEN').slice(0, maxMistakes);
  throw new ConfigErrors(first.map((error) => syntaxError(error, text, file, lines)));
}

/** What the parser, or the search for doubled keys, found. */
type Fault = Pick<YAMLError, 'pos'> & { readonly code: string };

function doubledKeys(node: unknown): Fault[] {
  if (isSeq(node)) return node.items.flatMap(doubledKeys);
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const inside = doubledKeys(value);
    if (!isScalar(key)) return inside;
    const name = String(key.value);
    const [from = 0, to = 0] = key.range ?? [];
    const doubled: Fault[] = seen.has(name) ? [{ code: 'DUPLICATE_KEY', pos: [from, to] }] : [];
    seen.add(name);
    return [...doubled, ...inside];
  });
}

function syntaxError(error: Fault, text: string, file: string, lines: LineCounter): ConfigError {
  const range: Range = [Math.min(error.pos[0], text.length), Math.min(error.pos[1], text.length)];
  const unquoted = text.slice(Math.max(0, range[0] - 1), range[0] + 1) === '${';
  const [why, cure] = yamlMistakes[unquoted ? 'UNQUOTED_PLACEHOLDER' : error.code] ?? ['This is not YAML.', 'Mend it.'];
  const { line, col } = lines.linePos(range[0]);
  return configErrors.CONFIG_SYNTAX(
    { why, cure },
    { file, line, column: col, excerpt: excerptOf(text, range, suspects(text)) },
  );
}

function valueOf(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases }) as unknown;
  } catch (cause) {
    const unresolved = cause instanceof Error && cause.message.startsWith('Unresolved');
    const [why, cure] = yamlMistakes[unresolved ? 'UNRESOLVED_ALIAS' : 'EXCESSIVE_ALIASES'] ?? ['', ''];
    throw new ConfigErrors([configErrors.CONFIG_SYNTAX({ why, cure }, { file })]);
  }
}

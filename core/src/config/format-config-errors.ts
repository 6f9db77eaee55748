import { styleText } from 'node:util';
import type { ConfigError } from './config-error.ts';

type Style = Parameters<typeof styleText>[0];

/**
 * Mistakes as text for a terminal: code and place, the line with a mark under what is meant, why, the cure, and the
 * nearest right word.
 */
export function formatConfigErrors(
  errors: readonly ConfigError[],
  { colors = false }: { colors?: boolean } = {},
): string {
  const paint = (style: Style, text: string): string =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  return errors.map((error) => formatOne(error, paint)).join('\n\n');
}

function formatOne(error: ConfigError, paint: (style: Style, text: string) => string): string {
  const color = error.severity === 'warning' ? 'yellow' : 'red';
  return [
    `${paint(['bold', color], error.code)}  ${placeOf(error)}`.trimEnd(),
    ...excerptLines(error, (text) => paint(color, text)),
    `  ${error.message}`,
    `  ${paint('bold', 'Cure:')} ${error.cure}`,
    ...(error.didYouMean === undefined ? [] : [`  ${paint('bold', 'Did you mean')} "${error.didYouMean}"?`]),
  ].join('\n');
}

function placeOf({ file, line, column, path }: ConfigError): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  return [where, path].filter((part) => part !== undefined && part !== '').join('  ');
}

function excerptLines({ excerpt, line }: ConfigError, paint: (text: string) => string): string[] {
  if (excerpt === undefined || line === undefined) return [];
  const margin = String(line).length;
  const blank = excerpt.text.slice(0, excerpt.column - 1).replaceAll(/[^\t]/g, ' ');
  return [`  ${line} | ${excerpt.text}`, `  ${' '.repeat(margin)} | ${blank}${paint('^'.repeat(excerpt.length))}`];
}

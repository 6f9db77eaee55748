import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ConfigError, configErrors } from './config-error.ts';
import { type ConfigPath, isMap, pathKey, pathText } from './config-path.ts';
import { reasonOf } from './reason.ts';

/** Where values come from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative names in `${file:…}` count from here. */
  readonly folder: string;
}

/** A config with its placeholders filled in. */
export interface Interpolated {
  readonly value: unknown;
  /** The text as it was written, by path, of every value that had a placeholder. */
  readonly filled: ReadonlyMap<string, string>;
  readonly errors: readonly ConfigError[];
}

/** Deeper than any config; an alias that leads back to itself would never end. */
const maxDepth = 32;
const maxFileBytes = 64 * 1024;

/**
 * Fills in `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${file:path}` in every text. It comes after the
 * parsing, so that a value can never become structure, and what was filled in is not looked at again.
 */
export function interpolate(value: unknown, sources: Sources): Interpolated {
  const filled = new Map<string, string>();
  const errors: ConfigError[] = [];
  const within = (inner: unknown, path: ConfigPath): unknown => {
    if (typeof inner === 'string') return text(inner, path);
    if (!Array.isArray(inner) && !isMap(inner)) return inner;
    if (path.length >= maxDepth) {
      errors.push(
        configErrors.CONFIG_TOO_DEEP({ subject: `"${pathText(path.slice(0, 3))}"`, limit: maxDepth }, { path }),
      );
      return undefined;
    }
    if (Array.isArray(inner)) return inner.map((item: unknown, at) => within(item, [...path, at]));
    return Object.fromEntries(Object.entries(inner).map(([key, item]) => [key, within(item, [...path, key])]));
  };
  const text = (written: string, path: ConfigPath): string => {
    const result = fillText(written, sources);
    errors.push(...result.errors.map((error) => error.at({ path })));
    if (result.text !== written) filled.set(pathKey(path), written);
    return result.text;
  };
  return { value: within(value, []), filled, errors };
}

/** One text with its placeholders filled in. */
export function fillText(written: string, sources: Sources): { readonly text: string; readonly errors: ConfigError[] } {
  const errors: ConfigError[] = [];
  const text = written.replaceAll(/\$\$\{|\$\{[^}]*\}?/g, (placeholder) => {
    if (placeholder === '$${') return '${';
    const result = fill(placeholder, sources);
    if (typeof result === 'string') return result;
    errors.push(result.at({ part: placeholder }));
    return '';
  });
  return { text, errors };
}

/** Writes a text so that `fillText` gives it back as it is. */
export function escapeText(text: string): string {
  return text.replaceAll('${', () => '$${');
}

const form = /^\$\{(?:file:(?<file>[^}]+)|(?<name>[A-Za-z_]\w*)(?::(?<kind>[-?])(?<rest>[^}]*))?)\}$/;

function fill(placeholder: string, sources: Sources): string | ConfigError {
  const { file, name, kind, rest } = form.exec(placeholder)?.groups ?? {};
  if (file !== undefined) return content(file, sources.folder);
  if (name === undefined) return configErrors.CONFIG_PLACEHOLDER({ placeholder });
  const value = sources.env[name];
  if (value !== undefined && value !== '') return value;
  if (kind === '-') return rest ?? '';
  const reason = kind === '?' && rest ? ` It is for: ${rest.replace(/\.$/, '')}.` : '';
  const otherwise = `give a default: "\${${name}:-…}"`;
  return configErrors.CONFIG_VARIABLE_UNSET({ variable: name, reason, otherwise });
}

function content(name: string, folder: string): string | ConfigError {
  try {
    const file = resolve(folder, name);
    if (statSync(file).size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes} bytes`);
    // Editors and "echo" end a file with a line break that is no part of the secret.
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    return configErrors.CONFIG_FILE_UNREADABLE({ name, reason: reasonOf(cause) }, { cause });
  }
}

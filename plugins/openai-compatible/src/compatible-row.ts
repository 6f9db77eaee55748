import type { Capabilities } from '@tapgate/core';

/** The dialects that such a place can be asked in. */
export type CompatibleDialect = 'openai-chat' | 'openai-responses';

/** A place that speaks this API, as data. */
export interface CompatibleRow {
  /** Its name in a config, and the name of its plugin where it has one of its own. */
  readonly name: string;
  /** Its name in sentences. */
  readonly title: string;
  /** Where its API is, with the version; `{name}` stands for what only its operator knows. */
  readonly baseUrl: string;
  /** The environment variable that usually holds its key; absent where it needs none. */
  readonly variable?: string;
  /** The one to translate to first; Chat Completions, unless it says otherwise. */
  readonly dialects?: readonly CompatibleDialect[];
  /** What it can and cannot do, and how it is asked. */
  readonly quirks?: Capabilities;
  /** More of that, for models whose names fit; later lines count over earlier ones. */
  readonly modelQuirks?: readonly (readonly [names: RegExp, quirks: Capabilities])[];
  /** The only operations that it serves. */
  readonly operations?: readonly string[];
  /** Headers of its answers that a client may see. */
  readonly exposes?: readonly string[];
}

/**
 * What is taken of a server of which nothing more is known: nearly all of them say "system" and "max_tokens", and know
 * neither tools of free text nor marks in the prompt.
 */
export const usual: Capabilities = {
  systemRole: 'system',
  maxTokensField: 'max_tokens',
  customTools: false,
  cacheMarks: 'none',
};

/** What a model at such a place can do. */
export function quirksFor(row: Pick<CompatibleRow, 'quirks' | 'modelQuirks'>, model: string): Capabilities {
  const lines = (row.modelQuirks ?? []).filter(([names]) => names.test(model)).map(([, quirks]) => quirks);
  return Object.assign({}, usual, row.quirks, ...lines) as Capabilities;
}

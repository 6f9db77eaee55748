import {
  editMembers,
  parseObject,
  readSpan,
  splice,
  writeJson,
  type Body,
  type Capabilities,
  type Incoming,
  type Loss,
  type Wanted,
  type Written,
} from '@tapgate/core';
import { can, listOf, wordOf } from '../capabilities.ts';
import { scanBody } from '../scan-body.ts';
import { type Rename, renamesOf, tellDropped } from './field-quirks.ts';
import { Losses } from './losses.ts';
import { headersOf } from './write-request.ts';

/**
 * The client's bytes with only what must differ changed: the model's name, usage asked for in a stream, and fields that
 * the target calls by another name or does not take.
 */
export function nativeRequest(incoming: Incoming, wanted: Wanted): Written {
  const { body, losses } = spliceRequest(incoming.body, wanted);
  return { body, path: '/chat/completions', method: 'POST', headers: headersOf(wanted), losses };
}

type Changes = Record<string, string | undefined>;

/** The body with its splices; of operations other than chat the model alone, and what its streams and vectors need. */
export function spliceRequest(body: Body, wanted: Wanted): { readonly body: Body; readonly losses: readonly Loss[] } {
  const { able } = wanted;
  const isChat = wanted.operation === 'chat';
  const drops = isChat ? (listOf(able, 'drops') ?? []) : [];
  const renames = isChat ? namesOf(able) : [];
  const scanned = scanBody(body, [...drops, ...bothOf(renames)]);
  const losses = new Losses();
  const changes: Changes = {};
  const textAt = (name: string): string | undefined => {
    const member = scanned.members.get(name);
    return member === undefined ? undefined : readSpan(body.chunks, member.value);
  };
  for (const [from, to] of renames) {
    const text = textAt(from);
    if (text === undefined || text === 'null') continue;
    changes[from] = undefined;
    if (textAt(to) === undefined) changes[to] = text;
  }
  for (const name of drops) {
    if (textAt(name) === undefined) continue;
    changes[name] = undefined;
    tellDropped(name, losses);
  }
  if (wanted.model !== '') changes['model'] = JSON.stringify(wanted.model);
  if (isChat || wanted.operation === 'completions') {
    askForUsage(changes, textAt('stream_options'), wanted);
  }
  if (textAt('encoding_format') !== undefined && wordOf(able, 'embeddingsEncoding') === 'float') {
    changes['encoding_format'] = '"float"';
  }
  return { body: splice(body.chunks, editMembers(scanned, changes)), losses: losses.list };
}

/** The renames of the target, and the one between the two names for the limit of tokens. */
function namesOf(able: Capabilities): readonly Rename[] {
  const field = wordOf(able, 'maxTokensField');
  const renames = renamesOf(able);
  if (field === undefined) return renames;
  const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  return [...renames.filter(([from]) => from !== other), [other, field]];
}

function bothOf(renames: readonly Rename[]): readonly string[] {
  const names: string[] = [];
  for (const [from, to] of renames) names.push(from, to);
  return names;
}

/** Usage is asked for in every stream, and what the client did not ask for is hidden from it. */
function askForUsage(changes: Changes, text: string | undefined, { streamed, able }: Wanted): void {
  if (!can(able, 'streamOptions')) {
    if (text !== undefined) changes['stream_options'] = undefined;
    return;
  }
  if (!streamed) return;
  const options = text === undefined ? {} : parseObject(text);
  if (options?.['include_usage'] === true) return;
  changes['stream_options'] = writeJson({ ...options, include_usage: true });
}

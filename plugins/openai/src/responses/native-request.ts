import {
  asString,
  editMembers,
  emptyBody,
  includesBytes,
  isArray,
  isObject,
  readJson,
  readSpan,
  splice,
  writeJson,
  type Body,
  type Incoming,
  type Json,
  type Loss,
  type Wanted,
  type Written,
} from '@tapgate/core';
import { Losses } from '../chat/request/losses.ts';
import { headersOf } from '../chat/request/write-request.ts';
import { madeHere } from './names.ts';
import { operationOf } from './operations.ts';
import { peek } from './peek.ts';
import { scanInput } from './scan-input.ts';

/** The client's own bytes for a provider of this dialect. Only the model's name is changed, and thinking of other vendors left out. */
export function nativeRequest(incoming: Incoming, wanted: Wanted): Written {
  const { method, asks } = operationOf(wanted.operation);
  const query = wanted.query === '' ? '' : `?${wanted.query}`;
  const path = incoming.path.replace(/^\/v1(?=\/)/, '') + query;
  if (!asks) {
    return {
      body: method === 'POST' ? incoming.body : emptyBody,
      path,
      method,
      headers: headersOf(wanted),
      losses: [],
    };
  }
  return { path, method, headers: headersOf(wanted), ...edited(incoming, wanted) };
}

function edited(incoming: Incoming, wanted: Wanted): { readonly body: Body; readonly losses: readonly Loss[] } {
  const { body } = incoming;
  const asked = peek(incoming);
  const losses = new Losses();
  const input = inputWithoutForeignThinking(body, losses);
  const changes = {
    ...(asked.model !== wanted.model && { model: JSON.stringify(wanted.model) }),
    ...(asked.streamed !== wanted.streamed && wanted.operation === 'chat' && { stream: String(wanted.streamed) }),
    ...(input !== undefined && { input }),
  };
  if (Object.keys(changes).length === 0) return { body, losses: [] };
  return { body: splice(body.chunks, editMembers(scanInput(body), changes)), losses: losses.list };
}

const mark = Buffer.from(madeHere);

/** The input anew, where it holds reasoning that a provider of this dialect did not make and would refuse; else nothing. */
function inputWithoutForeignThinking(body: Body, losses: Losses): string | undefined {
  if (!includesBytes(body.chunks, mark)) return undefined;
  const member = scanInput(body).members.get('input');
  const items = member === undefined ? undefined : parsed(readSpan(body.chunks, member.value));
  if (!isArray(items)) return undefined;
  const kept = items.filter((item, index) => {
    if (!isForeignThinking(item)) return true;
    losses.hint(`input[${index}]`, 'thinking goes back only to whom it came from');
    return false;
  });
  return kept.length === items.length ? undefined : writeJson(kept);
}

function isForeignThinking(item: Json): boolean {
  if (!isObject(item) || item['type'] !== 'reasoning') return false;
  const sealed = asString(item['encrypted_content']);
  if (sealed !== undefined) return sealed.startsWith(madeHere);
  return asString(item['id'])?.startsWith(`rs_${madeHere}`) ?? false;
}

function parsed(json: string): Json | undefined {
  try {
    return readJson(json);
  } catch {
    return undefined;
  }
}

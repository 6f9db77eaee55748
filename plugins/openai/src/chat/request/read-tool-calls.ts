import {
  asString,
  isObject,
  RawJson,
  readSealText,
  writeJson,
  type Json,
  type JsonObject,
  type Part,
  type Seal,
  type ToolCallPart,
} from '@tapgate/core';
import { Fields } from '../fields.ts';
import { extOf } from '../own.ts';
import { opaque } from './read-content.ts';

/** Where vendors of Gemini models put a call's signature for clients of this dialect. */
export const signatureDialect = 'google-generate';

/** Reads one entry of an assistant message's `tool_calls`. */
export function readToolCall(json: Json): Part {
  if (!isObject(json)) return opaque(json);
  const fields = new Fields(json);
  const custom = fields.peek('type') === 'custom';
  const member = custom ? 'custom' : 'function';
  const holder = fields.peek(member);
  if (!isObject(holder) || typeof holder['name'] !== 'string') return opaque(json);
  if (custom || fields.peek('type') === 'function') fields.take('type');
  const seal = takeSignature(fields);
  const call = fields.nested(member, (inner) => ({
    name: inner.string('name') ?? '',
    argsText: textOfArguments(inner.take(custom ? 'input' : 'arguments')),
  }));
  const part: ToolCallPart = {
    kind: 'tool-call',
    callId: fields.string('id') ?? '',
    name: call?.name ?? '',
    argsText: call?.argsText ?? '',
    executedBy: 'client',
    ...(custom && { custom: true }),
    ...(seal && { seal }),
  };
  return { ...part, ...extOf(fields.rest(), signedBy(seal)) };
}

/** A note where the signature is of a server of this dialect: the client says of no other provider that it is its own. */
export function signedBy(seal: Seal | undefined): JsonObject {
  return seal?.origin.dialect === signatureDialect && seal.origin.provider === undefined ? { $signed: true } : {};
}

/** Arguments as text. Some servers and clients write the object itself. */
export function textOfArguments(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return value instanceof RawJson ? value.text : writeJson(value);
}

/** Takes `extra_content.google.thought_signature`: that of a server of this dialect, or one under a tag. */
export function takeSignature(fields: Fields): Seal | undefined {
  const value = signatureIn(fields.peek('extra_content'));
  if (value === undefined) return undefined;
  fields.nested('extra_content', (extra) => extra.nested('google', (google) => google.take('thought_signature')));
  return readSealText(value, signatureDialect, 'signature').seal;
}

function signatureIn(extra: Json | undefined): string | undefined {
  const google = isObject(extra) ? extra['google'] : undefined;
  return isObject(google) ? asString(google['thought_signature']) : undefined;
}

/**
 * The calls of the form before `tools`: one `function_call` a message, answered by a message of the role `function` with
 * the function's name. They get ids, so that everything behind here sees one form.
 */
export class LegacyCalls {
  readonly #lastByName: Map<string, string> = new Map();
  #count = 0;

  /** Reads a message's `function_call`. */
  call(json: JsonObject): ToolCallPart {
    const fields = new Fields(json);
    const name = fields.string('name') ?? '';
    const callId = `call_function_${this.#count}`;
    this.#count += 1;
    this.#lastByName.set(name, callId);
    const argsText = textOfArguments(fields.take('arguments'));
    return { kind: 'tool-call', callId, name, argsText, executedBy: 'client', ...extOf(fields.rest()) };
  }

  /** The id of the call that a result of this name answers. */
  answered(name: string): string {
    return this.#lastByName.get(name) ?? `call_function_${name}`;
  }
}

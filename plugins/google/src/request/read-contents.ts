import {
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type Part,
  RawJson,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
  writeJson,
} from '@tapgate/core';
import { errors } from '../errors.ts';
import { Fields } from '../fields.ts';
import { ownFields } from '../own-fields.ts';
import { isOfDialect } from '../seal-tag.ts';
import { madeId } from './made-id.ts';
import { opaquePart, readPart, takeSignature } from './read-part.ts';
import { readResultParts } from './read-result.ts';

/** A call that no result has answered yet. */
interface Open {
  readonly callId: string;
  readonly name: string;
}

/**
 * The conversation. A content that holds results and more becomes a turn for each, in the order they came; the later ones
 * say that they go on with it.
 */
export function readContents(contents: Json | undefined): readonly Turn[] {
  const list = isArray(contents) ? contents : contents === undefined ? [] : [contents];
  const reader = new Reader();
  return list.flatMap((content, index) => {
    const path = `contents[${index}]`;
    if (!isObject(content)) throw errors.CONTENT_INVALID({ path }, { param: path });
    return reader.content(content, index);
  });
}

class Reader {
  /** The calls of the model's last turn. Those without an id are known by their names and their order. */
  #open: Open[] = [];

  content(content: JsonObject, index: number): readonly Turn[] {
    const fields = new Fields(content);
    const role = fields.string('role');
    const parts = fields.objects('parts') ?? [];
    const path = `contents[${index}]`;
    if (role === 'model') {
      this.#open = [];
      const read: Part[] = [];
      for (const [at, part] of parts.entries()) read.push(...this.#modelPart(part, madeId(index, at), read));
      return [{ role: 'assistant', parts: withoutNothing(joinedThoughts(read)), path, ...ownFields(fields.rest()) }];
    }
    const read = parts.map((part, at) => this.#userPart(part, madeId(index, at)));
    return byRole(read).map((turn, at) => ({
      ...turn,
      path,
      ...ownFields(at === 0 ? fields.rest() : { $continues: true }),
    }));
  }

  /** Reasoning that a call's signature brought along is already there where the client keeps thoughts. */
  #modelPart(json: JsonObject, id: string, said: readonly Part[]): readonly Part[] {
    const fields = new Fields(json);
    const call = fields.object('functionCall');
    if (call === undefined) return [readPart(json)];
    const { seal, before } = takeSignature(fields);
    const read = readCall(call, id);
    if (read === undefined) return [opaquePart(json)];
    this.#open.push(read.part);
    const own = { ...fields.rest(), ...(read.rest && { functionCall: read.rest }) };
    const isThere = said.some((part) => part.kind === 'reasoning' && part.seal?.value === before?.seal?.value);
    return [...(before && !isThere ? [before] : []), { ...read.part, ...defined({ seal }), ...ownFields(own) }];
  }

  #userPart(json: JsonObject, id: string): Part {
    const fields = new Fields(json);
    const response = fields.object('functionResponse');
    if (response === undefined) return readPart(json);
    const inner = new Fields(response);
    const name = inner.string('name');
    const callId = this.#answered(inner.string('id'), name) ?? id;
    const part: ToolResultPart = { kind: 'tool-result', callId, ...defined({ name }), ...readResultParts(inner) };
    const rest = inner.rest();
    return { ...part, ...ownFields({ ...fields.rest(), ...(rest && { functionResponse: rest }) }) };
  }

  /** The call that a result answers: the one it names, else the first open one of its name. */
  #answered(id: string | undefined, name: string | undefined): string | undefined {
    const at = this.#open.findIndex((call) => (id === undefined ? call.name === name : call.callId === id));
    const [call] = at === -1 ? [] : this.#open.splice(at, 1);
    return call?.callId ?? id;
  }
}

function readCall(
  call: JsonObject,
  id: string,
): { readonly part: ToolCallPart; readonly rest: JsonObject | undefined } | undefined {
  const fields = new Fields(call);
  const name = fields.string('name');
  if (name === undefined) return undefined;
  const args = fields.take('args');
  const argsText = args instanceof RawJson ? args.text : writeJson(args ?? {});
  const callId = fields.string('id') ?? id;
  return { part: { kind: 'tool-call', callId, name, argsText, executedBy: 'client' }, rest: fields.rest() };
}

/**
 * A stream gives another vendor's seal on an empty text behind the thoughts that it seals, and clients keep each piece of
 * them: they are one again, or that vendor would refuse what it gets.
 */
function joinedThoughts(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    if (part.kind !== 'reasoning' || part.seal === undefined || isOfDialect(part.seal)) {
      joined.push(part);
      continue;
    }
    const begun = joined.findLastIndex((one) => one.kind !== 'reasoning' || one.seal !== undefined) + 1;
    const said = joined.slice(begun).map(saidIn).join('');
    const own = saidIn(part);
    // A seal that a call brought along has the text with it, and the pieces are the same once more.
    if (own === '' || own === said) joined.splice(begun);
    if (own !== '') joined.push(part);
    else joined.push({ ...part, ...(part.summary === undefined ? { text: said } : { summary: [said] }) });
  }
  return joined;
}

function saidIn(part: Part): string {
  return part.kind === 'reasoning' ? [...(part.summary ?? []), part.text ?? ''].join('') : '';
}

/** A stream's last event often has an empty text, and clients keep it. */
function withoutNothing(parts: readonly Part[]): readonly Part[] {
  const said = parts.filter(
    (part) => part.kind !== 'text' || part.text !== '' || part.seal !== undefined || part.ext !== undefined,
  );
  return said.length === 0 ? parts : said;
}

/** Runs of results and of everything else. */
function byRole(
  parts: readonly Part[],
): readonly { readonly role: 'user' | 'tool'; readonly parts: readonly Part[] }[] {
  const runs: { readonly role: 'user' | 'tool'; readonly parts: Part[] }[] = [];
  for (const part of parts) {
    const role = part.kind === 'tool-result' ? 'tool' : 'user';
    const last = runs.at(-1);
    if (last?.role === role) last.parts.push(part);
    else runs.push({ role, parts: [part] });
  }
  return runs.length === 0 ? [{ role: 'user', parts: [] }] : runs;
}

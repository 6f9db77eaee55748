import {
  type Capabilities,
  type ChatRequest,
  type JsonObject,
  type Part,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
  nothingSaid,
} from '@tapgate/core';
import { errors } from '../errors.ts';
import { ownOf, withOwn } from '../own-fields.ts';
import { noSignature } from '../seal-tag.ts';
import type { Losses } from './losses.ts';
import { ownSeal, writePart, type Place } from './write-part.ts';
import { missingResult, resultText, writeResult } from './write-result.ts';

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
  own: JsonObject;
}

/** A part with the turn it stands in, and where the client wrote it. */
interface Placed<P extends Part = Part> {
  readonly part: P;
  readonly turn: Turn;
  readonly at: string;
}

/**
 * The conversation as contents that alternate: what neighbours of one role say is one content, and all results of a step
 * follow it at once, in the order of its calls, before anything else that was said in between.
 *
 * @throws CONVERSATION_EMPTY where nobody says anything.
 * @throws ARGUMENTS_INVALID
 */
export function writeContents(request: ChatRequest, able: Capabilities, losses: Losses): readonly JsonObject[] {
  const writer = new Writer(able, losses);
  let index = 0;
  for (const run of runsOf(request.turns)) {
    const placed = run.map((turn, at) => ({ turn, path: turn.path ?? `messages[${index + at}]` }));
    index += run.length;
    if (run[0]?.role === 'assistant') writer.model(placed);
    else writer.client(placed);
  }
  return writer.end();
}

interface PlacedTurn {
  readonly turn: Turn;
  readonly path: string;
}

/** Neighbouring turns of the model, and neighbouring turns of everybody else. */
function runsOf(turns: readonly Turn[]): readonly (readonly Turn[])[] {
  const runs: Turn[][] = [];
  for (const turn of turns) {
    const last = runs.at(-1);
    if (last !== undefined && (last[0]?.role === 'assistant') === (turn.role === 'assistant')) last.push(turn);
    else runs.push([turn]);
  }
  return runs;
}

class Writer {
  readonly #able: Capabilities;
  readonly #losses: Losses;
  readonly #contents: Content[] = [];
  /** The calls of the model's last content, which results must answer. */
  #calls: readonly Placed<ToolCallPart>[] = [];
  readonly #ranByVendor = new Set<string>();

  constructor(able: Capabilities, losses: Losses) {
    this.#able = able;
    this.#losses = losses;
  }

  model(turns: readonly PlacedTurn[]): void {
    const placed = this.#placed(turns);
    const content: Content = { role: 'model', parts: [], own: ownOfTurns(turns) };
    for (const { part, at } of withMovedSeals(placed)) content.parts.push(...writePart(part, this.#place(at, 'model')));
    this.#calls = placed.filter(isClientCall);
    this.#sign(content);
    if (content.parts.length > 0) this.#contents.push(content);
  }

  /** Keeps in mind which calls a vendor ran itself: their results are no one's to give. */
  #placed(turns: readonly PlacedTurn[]): readonly Placed[] {
    for (const { turn } of turns) this.#losses.foreign(turn.ext);
    const placed = placedParts(turns);
    for (const { part } of placed) {
      if (part.kind === 'tool-call' && part.executedBy === 'provider') this.#ranByVendor.add(part.callId);
    }
    return placed;
  }

  /** The first call of a step must be signed where the model wants signatures; one that another model made cannot be. */
  #sign(content: Content): void {
    if (this.#able['thoughtSignatures'] !== true) return;
    const at = content.parts.findIndex((part) => part['functionCall'] !== undefined);
    const call = content.parts[at];
    if (call === undefined || call['thoughtSignature'] !== undefined) return;
    content.parts[at] = { ...call, thoughtSignature: noSignature };
    this.#losses.hint('thought_signature', 'the call was not made by this model', 'synthesised');
  }

  client(turns: readonly PlacedTurn[]): void {
    const placed = this.#placed(turns);
    const results = placed.filter(isResult);
    const { content, beside, orphans } = this.#results(results);
    if (content.parts.length > 0) this.#contents.push(content);
    const said: Content = { role: 'user', parts: [...beside, ...orphans], own: {} };
    for (const { part, turn, at } of placed) {
      if (part.kind === 'tool-result') continue;
      said.parts.push(...this.#said(part, turn, at));
    }
    said.own = ownOfTurns(turns.filter(({ turn }) => turn.parts.some((part) => part.kind !== 'tool-result')));
    const joins = turns.some(({ turn }) => ownOf(turn)['$continues'] === true) && content.parts.length > 0;
    if (joins) content.parts.push(...said.parts);
    else if (said.parts.length > 0) this.#contents.push(said);
    if (content.parts.length > 0) content.own = ownOfTurns(turns.slice(0, 1));
  }

  #results(results: readonly Placed<ToolResultPart>[]): {
    readonly content: Content;
    readonly beside: readonly JsonObject[];
    readonly orphans: readonly JsonObject[];
  } {
    const left = [...results];
    const content: Content = { role: 'user', parts: [], own: {} };
    const beside: JsonObject[] = [];
    for (const { part: call, at } of this.#calls) {
      const found = left.findIndex(({ part }) => part.callId === call.callId);
      const [result] = found === -1 ? [] : left.splice(found, 1);
      if (result === undefined) {
        content.parts.push(missingResult(call));
        this.#losses.hint(at, 'nobody answered the call; it is told as interrupted', 'synthesised');
        continue;
      }
      const written = writeResult(result.part, call, result.at, this.#able, this.#losses);
      content.parts.push(written.part);
      beside.push(...written.beside);
    }
    this.#calls = [];
    return { content, beside, orphans: left.flatMap((one) => this.#orphan(one)) };
  }

  /** The result of a call that is not there, which this API refuses, is told in words. */
  #orphan({ part, at }: Placed<ToolResultPart>): readonly JsonObject[] {
    if (this.#ranByVendor.has(part.callId)) {
      this.#losses.hint(at, 'a vendor ran the call itself; its history stays with it');
      return [];
    }
    this.#losses.hint(at, 'the call that it answers is not in the conversation; it is told in words', 'approximated');
    return [{ text: `[Result of ${part.name === undefined ? 'a tool' : `"${part.name}"`}]\n${resultText(part)}` }];
  }

  /** What a user says; an instruction between the turns is marked as one, and keeps its place. */
  #said(part: Part, turn: Turn, at: string): readonly JsonObject[] {
    if (turn.name !== undefined) this.#losses.hint('name', 'this API does not tell speakers of one role apart');
    const written = writePart(part, this.#place(at, 'user'));
    if (turn.role !== 'instruction') return written;
    this.#losses.hint(
      at,
      'this API has instructions at the beginning only; it becomes user text in <system> tags',
      'approximated',
    );
    return written.map((json) =>
      typeof json['text'] === 'string' ? { ...json, text: `<system>\n${json['text']}\n</system>` } : json,
    );
  }

  #place(at: string, said: Place['said']): Place {
    return { at, said, able: this.#able, losses: this.#losses };
  }

  end(): readonly JsonObject[] {
    this.#withoutPrefill();
    const contents = this.#contents;
    if (contents.length === 0) throw nothingSaid(this.#losses, errors.CONVERSATION_EMPTY({}, { param: 'contents' }));
    if (contents[0]?.role === 'model') {
      contents.unshift({ role: 'user', parts: [{ text: '.' }], own: {} });
      this.#losses.hint('messages[0]', 'a conversation begins with the user here', 'synthesised');
    }
    return contents.map(({ role, parts, own }) => withOwn({ role, parts }, own));
  }

  /** A beginning of the answer is a wish that a model either goes on with or does not take. */
  #withoutPrefill(): void {
    if (this.#able['prefill'] !== false || this.#contents.at(-1)?.role !== 'model') return;
    this.#losses.contract('messages', 'this model does not go on with an answer that was begun for it');
    this.#contents.pop();
  }
}

function placedParts(turns: readonly PlacedTurn[]): readonly Placed[] {
  return turns.flatMap(({ turn, path }) => {
    let calls = 0;
    return turn.parts.map((part, index) => {
      const at = part.kind === 'tool-call' ? `${path}.tool_calls[${calls++}]` : `${path}.content[${index}]`;
      return { part, turn, at };
    });
  });
}

function isClientCall(placed: Placed): placed is Placed<ToolCallPart> {
  return placed.part.kind === 'tool-call' && placed.part.executedBy === 'client';
}

function isResult(placed: Placed): placed is Placed<ToolResultPart> {
  return placed.part.kind === 'tool-result';
}

/** A dialect with no place for a call's signature hands it back on a thought of its own right before the call. */
function withMovedSeals(placed: readonly Placed[]): readonly Placed[] {
  const moved = [...placed];
  for (const [index, { part }] of placed.entries()) {
    const next = placed[index + 1];
    if (part.kind !== 'reasoning' || next?.part.kind !== 'tool-call') continue;
    if (ownSeal(part.seal) === undefined || ownSeal(next.part.seal) !== undefined) continue;
    const { seal, ...unsealed } = part;
    moved[index] = { ...(placed[index] as Placed), part: unsealed };
    moved[index + 1] = { ...next, part: { ...next.part, ...(seal && { seal }) } };
  }
  return moved;
}

function ownOfTurns(turns: readonly PlacedTurn[]): JsonObject {
  return Object.assign({}, ...turns.map(({ turn }) => ownOf(turn))) as JsonObject;
}

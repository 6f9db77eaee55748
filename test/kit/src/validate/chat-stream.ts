import { readSse, type SseEvent } from '../sse.ts';
import { ChatChoiceCheck, type ChatChoiceRule } from './chat-choice.ts';
import { checkChatUsage } from './chat-usage.ts';
import { Findings, type RuleTable } from './findings.ts';
import { isCount, isNothing, listOf, objectOf, parsedObject, textOf, type Members } from './shape.ts';
import { validateSse } from './sse-framing.ts';
import type { StreamOptions } from './stream-options.ts';

/** How a stream of chat completions was asked for and how it ended, as far as that is known. */
export interface ChatStreamOptions extends StreamOptions {
  /** Whether the client asked for usage; without it both are right. */
  readonly usage?: 'asked' | 'unasked';
}

type Rule =
  | ChatChoiceRule
  | 'empty'
  | 'named'
  | 'json'
  | 'object'
  | 'id'
  | 'id-changes'
  | 'model'
  | 'created'
  | 'choices'
  | 'usage-shape'
  | 'usage-sum'
  | 'usage-twice'
  | 'usage-early'
  | 'usage-missing'
  | 'usage-unasked'
  | 'done-missing'
  | 'done-after-error'
  | 'after-done'
  | 'after-error'
  | 'error-shape'
  | 'error-unexpected'
  | 'error-missing';

/** What the official clients of `openai-chat` need of a stream, and what they throw on. */
export const chatStreamRules: RuleTable<Rule> = {
  empty: 'The stream has no event.',
  named: 'Event {event} is named "{name}": this dialect has no names but "error".',
  json: 'Event {event} is neither a JSON object nor [DONE]: {data}',
  object: 'Event {event} has the object "{object}" and not "chat.completion.chunk".',
  id: 'Event {event} has no id.',
  'id-changes': 'Event {event} has the id "{id}", and the events before it "{before}".',
  model: 'Event {event} names no model.',
  created: 'Event {event} has the time {created}, which is no whole number of seconds.',
  choices: 'Event {event} has no list of choices.',
  'choice-index': 'Event {event} has a choice of index {index}: it must be a whole number from 0 to 127.',
  delta: 'Event {event} has a choice without a delta.',
  'finish-key': 'Event {event} has a choice whose finish_reason is neither null nor a text.',
  'finish-unknown': 'Event {event} has the finish_reason "{reason}", which no client knows.',
  'finish-missing': 'Choice {choice} never has a finish_reason.',
  'finish-tools': 'Choice {choice} ends by "tool_calls" and has none.',
  'finish-stop': 'Choice {choice} ends by "stop" and has {count} tool calls, which no client will run.',
  'after-finish': 'Event {event} goes on with choice {choice}, which has its finish_reason already.',
  role: 'Choice {choice} begins in event {event} without the role "assistant".',
  'role-again': 'Event {event} says the role of choice {choice} again.',
  text: 'Event {event} has the {field} {value}, which is neither a text nor null.',
  'tool-list': 'Event {event} has tool_calls that are no list of objects.',
  'tool-index': 'Event {event} has a tool call of index {index}: it must be a whole number from 0 to 127.',
  'tool-order': 'Event {event} begins the tool call {index} when {next} is the next.',
  'tool-id': 'Event {event} begins a tool call whose id "{id}" is empty or taken.',
  'tool-type': 'Event {event} begins a tool call of the type {type}.',
  'tool-name': 'Event {event} begins a tool call without a name.',
  'tool-text': 'Event {event} has tool call arguments {value}, which are no text.',
  'tool-again': 'Event {event} says the {field} of tool call {index} again.',
  'tool-json': 'The arguments of tool call {index} are no JSON object: {text}',
  'usage-shape': 'The usage is not what clients can count with: {usage}',
  'usage-sum': 'The usage has the total {total}, which is not {read} and {written}.',
  'usage-twice': 'Event {event} has usage, which an event before it had already.',
  'usage-early': 'Event {event} has usage before every choice has its finish_reason.',
  'usage-missing': 'The client asked for usage, and there is none.',
  'usage-unasked': 'Event {event} has usage that the client did not ask for.',
  'done-missing': 'The stream ended well and has no [DONE].',
  'done-after-error': 'The stream has [DONE] although it failed.',
  'after-done': 'Something follows [DONE].',
  'after-error': 'Something follows the error.',
  'error-shape': 'The error is not what clients can read: {error}',
  'error-unexpected': 'The stream failed: {error}',
  'error-missing': 'The stream should have ended with an error, and has none.',
};

/** Checks a stream of chat completions: framing, shapes, the order of things, and its end. */
export function validateChatStream(stream: Uint8Array, options: ChatStreamOptions = {}): readonly string[] {
  const check = new ChatStreamCheck(options);
  check.findings.add(validateSse(stream));
  for (const [at, event] of readSse(stream).entries()) check.event(event, at);
  check.end();
  return check.findings.sentences;
}

class ChatStreamCheck {
  readonly findings: Findings<Rule> = new Findings(chatStreamRules);
  readonly #options: ChatStreamOptions;
  readonly #choices = new Map<number, ChatChoiceCheck>();
  #events = 0;
  #id: string | undefined;
  #usageSeen = false;
  #done = false;
  #failed = false;

  constructor(options: ChatStreamOptions) {
    this.#options = options;
  }

  event({ event: name, data }: SseEvent, event: number): void {
    this.#events += 1;
    if (this.#done) this.findings.report('after-done');
    if (data === '[DONE]') {
      this.findings.claim(!this.#failed, 'done-after-error');
      this.#done = true;
      return;
    }
    if (this.#failed) this.findings.report('after-error');
    if (name !== undefined && name !== 'error') this.findings.report('named', { event, name });
    const chunk = parsedObject(data);
    if (!chunk) this.findings.report('json', { event, data });
    else if (chunk['error'] !== undefined || name === 'error') this.#error(chunk);
    else this.#chunk(chunk, event);
  }

  end(): void {
    const { ended = 'either', usage, written = false } = this.#options;
    if (!this.findings.claim(this.#events > 0, 'empty')) return;
    if (this.#failed) return;
    if (!this.findings.claim(ended !== 'error', 'error-missing')) return;
    this.findings.claim(this.#done, 'done-missing');
    for (const choice of this.#choices.values()) choice.end(written);
    if (usage === 'asked') this.findings.claim(this.#usageSeen, 'usage-missing');
  }

  #error(chunk: Members): void {
    this.#failed = true;
    const error = objectOf(chunk['error']);
    const fits =
      error !== undefined &&
      textOf(error['message']) !== undefined &&
      textOf(error['type']) !== undefined &&
      (isNothing(error['code']) || typeof error['code'] === 'string') &&
      (isNothing(error['param']) || typeof error['param'] === 'string');
    this.findings.claim(fits, 'error-shape', { error: chunk });
    this.findings.claim(this.#options.ended !== 'ok', 'error-unexpected', { error: chunk });
  }

  #chunk(chunk: Members, event: number): void {
    const { object, created, usage } = chunk;
    const id = textOf(chunk['id']);
    this.findings.claim(object === 'chat.completion.chunk', 'object', { event, object });
    if (this.findings.claim(id !== undefined, 'id', { event })) {
      this.#id ??= id;
      this.findings.claim(id === this.#id, 'id-changes', { event, id, before: this.#id });
    }
    this.findings.claim(textOf(chunk['model']) !== undefined, 'model', { event });
    this.findings.claim(isCount(created), 'created', { event, created });
    const choices = listOf(chunk['choices']);
    if (this.findings.claim(choices !== undefined, 'choices', { event })) {
      for (const choice of choices ?? []) this.#choice(choice, event);
    }
    if (!isNothing(usage)) this.#usage(usage, event);
  }

  #choice(value: unknown, event: number): void {
    const choice = objectOf(value) ?? {};
    const { index } = choice;
    const fits = isCount(index) && index < 128;
    this.findings.claim(fits, 'choice-index', { event, index });
    if (!fits) return;
    const check = this.#choices.get(index) ?? new ChatChoiceCheck(index, this.findings);
    this.#choices.set(index, check);
    check.chunk(choice, event);
  }

  #usage(usage: unknown, event: number): void {
    this.findings.claim(!this.#usageSeen, 'usage-twice', { event });
    this.#usageSeen = true;
    const over = [...this.#choices.values()].every((choice) => choice.finished);
    this.findings.claim(over, 'usage-early', { event });
    this.findings.claim(this.#options.usage !== 'unasked', 'usage-unasked', { event });
    checkChatUsage(usage, this.findings);
  }
}

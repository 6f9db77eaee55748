import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody, type ChatEvent, type ChatRequest, type ReplyWriter } from '@tapgate/core';
import {
  fixtures,
  fixturesFolder,
  noFixtures,
  readSse,
  validateResponsesReply,
  validateResponsesStream,
  type Fixture,
} from '@tapgate/test-kit';
import { readRequest } from './read-request.ts';
import { createReader } from './reader.ts';
import { createWriter } from './writer.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

type Members = Record<string, unknown>;

const answers = fixtures({ dialect: 'openai-responses', ok: true }).filter(
  ({ name }) => name !== 'openai/responses-compact',
);

const requestOf = (): ChatRequest => {
  const body = textBody('{"model":"asked","input":"Hello","include":["reasoning.encrypted_content"]}');
  return readRequest({ operation: 'chat', path: '/v1/responses', query: '', headers: new Map(), body });
};

const readBytes = (bytes: Uint8Array, streamed: boolean): ChatEvent[] => {
  const reader = createReader({ streamed, provider: 'upstream', able: {} });
  return [...reader.push(bytes), ...reader.end()];
};

const write = (events: readonly ChatEvent[], streamed: boolean): Buffer => {
  const start = events.find((event) => event.type === 'start');
  const model = start?.model ?? 'asked';
  const writer: ReplyWriter = createWriter({ streamed, model, id: 'x-1', createdAt: 17, request: requestOf() });
  const out = events.map((event) => writer.push(event));
  return Buffer.from([...out, writer.end()].filter((text) => text !== undefined).join(''));
};

/** A recording of an answer that is not there yet: nobody streams one. */
const waits = (fixture: Fixture): boolean => fixture.name === 'openai/responses-background-queued';

/** Recordings whose last word is an error. */
const fails = (fixture: Fixture): boolean => fixture.name === 'openai/responses-midstream-error';

test('a stream that is read and written again passes the strictest client', { skip }, () => {
  for (const fixture of answers) {
    if (waits(fixture)) continue;
    const written = write(readBytes(fixture.bytes, fixture.streamed), true);
    const found = validateResponsesStream(written, { written: true, ended: fails(fixture) ? 'error' : 'ok' });
    assert.deepEqual(found, [], fixture.name);
  }
});

test('a whole answer that is read and written again is one', { skip }, () => {
  for (const fixture of answers) {
    if (fails(fixture)) continue;
    assert.deepEqual(
      validateResponsesReply(write(readBytes(fixture.bytes, fixture.streamed), false)),
      [],
      fixture.name,
    );
  }
});

/** What was in a recording's response object, or would have been had it not been streamed. */
const responseOf = ({ bytes, streamed }: Fixture): Members => {
  if (!streamed) return JSON.parse(Buffer.from(bytes).toString()) as Members;
  const events = readSse(bytes).flatMap(({ data }) => (data === '[DONE]' ? [] : [JSON.parse(data) as Members]));
  const response = events.at(-1)?.['response'] as Members;
  // The last event seals thinking anew and may give items other ids. What counts is what an item was announced as, and done with.
  for (const event of events) {
    const item = event['item'] as Members | undefined;
    const last = (response['output'] as Members[])[Number(event['output_index'])];
    if (last === undefined || item === undefined) continue;
    if (event['type'] === 'response.output_item.added') last['id'] = item['id'];
    else if ('encrypted_content' in item) last['encrypted_content'] = item['encrypted_content'];
  }
  return response;
};

/** Spellings that are lost, and why that is no loss. */
const leftOut: Readonly<Record<string, (response: Members) => void>> = {
  'a list that is empty says what its absence says': (response) => {
    for (const item of response['output'] as Members[]) {
      for (const part of item['type'] === 'message' ? (item['content'] as Members[]) : []) {
        for (const list of ['annotations', 'logprobs'])
          if ((part[list] as unknown[] | undefined)?.length === 0) delete part[list];
      }
    }
  },
  'the last event of a stream rounds probabilities that the deltas told in full': (response) => {
    for (const token of logprobsOf(response)) token['logprob'] = Math.round(Number(token['logprob']) * 1e6) / 1e6 + 0;
  },
  'client libraries make this field from the output': (response) => {
    delete response['output_text'];
  },
  'a recording spells the status "complete"': (response) => {
    if (response['status'] === 'complete') response['status'] = 'completed';
  },
  'what the client did not say is repeated as null, or as what it means': (response) => {
    for (const name of Object.keys(response)) if (response[name] === null) delete response[name];
    const defaults = { background: false, metadata: {}, parallel_tool_calls: true, store: false };
    const more = {
      tool_choice: 'auto',
      tools: [],
      top_logprobs: 0,
      truncation: 'disabled',
      text: { format: { type: 'text' } },
    };
    for (const [name, value] of Object.entries({ ...defaults, ...more, reasoning: { effort: null, summary: null } })) {
      if (JSON.stringify(response[name]) === JSON.stringify(value)) delete response[name];
    }
  },
};

const logprobsOf = (response: Members): Members[] =>
  (response['output'] as Members[])
    .flatMap((item) => (item['type'] === 'message' ? (item['content'] as Members[]) : []))
    .flatMap((part) => (part['logprobs'] as Members[] | undefined) ?? []);

const normal = (response: Members): Members => {
  for (const leave of Object.values(leftOut)) leave(response);
  return response;
};

test('every recorded answer comes out of the canonical form as it went in', { skip }, () => {
  for (const fixture of answers) {
    if (fails(fixture)) continue;
    const written = JSON.parse(write(readBytes(fixture.bytes, fixture.streamed), false).toString()) as Members;
    assert.deepEqual(normal(written), normal(responseOf(fixture)), fixture.name);
  }
});

test('reading what was written gives the same events', { skip }, () => {
  for (const fixture of answers) {
    if (fails(fixture)) continue;
    for (const streamed of waits(fixture) ? [false] : [true, false]) {
      const events = readBytes(fixture.bytes, fixture.streamed);
      assert.deepEqual(
        gist(readBytes(write(events, streamed), streamed)),
        gist(events),
        `${fixture.name}, ${streamed}`,
      );
    }
  }
});

/** Events with the deltas of a part as one, without what the way there leaves behind. */
function gist(events: readonly ChatEvent[]): unknown[] {
  const parts = new Map<string, { text: string; [member: string]: unknown }>();
  const rest: unknown[] = [];
  for (const event of events) {
    if (event.type === 'part-start') {
      const { ext: _, ...start } = event;
      const part = { ...start, text: '' };
      parts.set(event.part, part);
      rest.push(part);
    } else if (event.type === 'part-delta') {
      const part = parts.get(event.part);
      if (part) part.text += event.text;
    } else if (event.type === 'part-end') {
      Object.assign(parts.get(event.part) ?? {}, event.seal && { seal: event.seal });
    } else if (event.type === 'usage' || event.type === 'source') rest.push(event);
    else if (event.type === 'finish')
      rest.push({ reason: event.reason, raw: event.raw === 'complete' ? 'completed' : event.raw });
    else if (event.type === 'start') rest.push({ id: event.id, model: event.model, created: event.created });
  }
  return rest;
}

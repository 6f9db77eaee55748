import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RecordedRequest, reply, type Script } from '@tapgate/test-kit';
import { leftOut } from '../installed.ts';
import { speaking, type UpstreamDialect, upstreamDialects } from '../recorded.ts';
import { toolLoops, weatherIn } from '../tool-loops.ts';

const turns = 4;
const citiesOf = (turn: number): string[] => [0, 1, 2].map((call) => `city-${turn}-${call}`);

/** One upstream's side of the loop: how it answers, and which results it was told of which calls. */
interface Side {
  readonly calls: (turn: number) => object;
  readonly done: object;
  /** City and result of each call, as the request pairs them. */
  readonly pairs: (body: any) => readonly (readonly [city: string, result: string])[];
}

const textOf = (content: any): string =>
  typeof content === 'string' ? content : content.map(({ text }: any) => text ?? '').join('');

/** Pairs calls with results by id; a call without a result, or a result without a call, is no pair. */
function paired(calls: readonly any[][], results: readonly any[][]): [string, string][] {
  const said = new Map(results.map(([id, text]) => [id, text]));
  assert.equal(said.size, results.length, 'a call has one result');
  assert.equal(new Set(calls.map(([id]) => id)).size, calls.length, 'a call has an id of its own');
  return calls.map(([id, city]) => [city, said.get(id) ?? 'no result']);
}

const usage = { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 };
const sides: Readonly<Record<UpstreamDialect, Side>> = {
  'openai-chat': {
    calls: (turn) => chatAnswer({ content: null, tool_calls: citiesOf(turn).map(chatCall) }, 'tool_calls'),
    done: chatAnswer({ content: 'Sunny everywhere.' }, 'stop'),
    pairs: ({ messages }) =>
      paired(
        messages
          .flatMap(({ tool_calls: calls = [] }) => calls)
          .map(({ id, function: called }: any) => [id, JSON.parse(called.arguments).city]),
        messages
          .filter(({ role }: any) => role === 'tool')
          .map(({ tool_call_id: id, content }: any) => [id, textOf(content)]),
      ),
  },
  'openai-responses': {
    calls: (turn) => response(citiesOf(turn).map(responsesCall)),
    done: response([
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Sunny everywhere.', annotations: [] }],
      },
    ]),
    pairs: ({ input }) =>
      paired(
        input
          .filter(({ type }: any) => type === 'function_call')
          .map(({ call_id: id, arguments: text }: any) => [id, JSON.parse(text).city]),
        input
          .filter(({ type }: any) => type === 'function_call_output')
          .map(({ call_id: id, output }: any) => [id, textOf(output)]),
      ),
  },
  'anthropic-messages': {
    calls: (turn) =>
      message(
        citiesOf(turn).map((city) => ({ type: 'tool_use', id: `toolu_${city}`, name: 'weather', input: { city } })),
        'tool_use',
      ),
    done: message([{ type: 'text', text: 'Sunny everywhere.' }], 'end_turn'),
    pairs: ({ messages }) => {
      const blocks = messages.flatMap(({ content }: any) => (typeof content === 'string' ? [] : content));
      return paired(
        blocks.filter(({ type }: any) => type === 'tool_use').map(({ id, input }: any) => [id, input.city]),
        blocks
          .filter(({ type }: any) => type === 'tool_result')
          .map(({ tool_use_id: id, content }: any) => [id, textOf(content)]),
      );
    },
  },
  'google-generate': {
    calls: (turn) => candidate(citiesOf(turn).map((city) => ({ functionCall: { name: 'weather', args: { city } } }))),
    done: candidate([{ text: 'Sunny everywhere.' }]),
    pairs: ({ contents }) => {
      const parts = contents.flatMap((content: any) => content.parts);
      const results = parts.flatMap(({ functionResponse }: any) => functionResponse ?? []);
      // It pairs them by their order within a turn.
      return parts
        .flatMap(({ functionCall }: any) => functionCall ?? [])
        .map(({ args }: any, at: number) => [args.city, Object.values(results[at]?.response ?? {}).join('')]);
    },
  },
};

function chatCall(city: string): object {
  return { id: `call_${city}`, type: 'function', function: { name: 'weather', arguments: JSON.stringify({ city }) } };
}
function responsesCall(city: string): object {
  const text = JSON.stringify({ city });
  return {
    type: 'function_call',
    id: `fc_${city}`,
    call_id: `call_${city}`,
    name: 'weather',
    arguments: text,
    status: 'completed',
  };
}
function chatAnswer(said: object, finish: string): object {
  const choice = { index: 0, message: { role: 'assistant', ...said }, finish_reason: finish, logprobs: null };
  return { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [choice], usage };
}
function response(output: readonly object[]): object {
  const counted = { input_tokens: 9, output_tokens: 9, total_tokens: 18 };
  return { id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: 'm', output, usage: counted };
}
function message(content: readonly object[], stop: string): object {
  const counted = { input_tokens: 9, output_tokens: 9 };
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage: counted,
  };
}
function candidate(parts: readonly object[]): object {
  const counted = { promptTokenCount: 9, candidatesTokenCount: 9, totalTokenCount: 18 };
  return {
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata: counted,
  };
}

/** A whole answer: a gateway makes the stream of it that the client wants, but for the one dialect that asks in the path. */
function scriptOf(request: RecordedRequest, answer: object): Script {
  return request.path.includes('alt=sse')
    ? reply.sse(`data: ${JSON.stringify(answer)}\r\n\r\n`)
    : reply.json(200, answer);
}

const skip = leftOut('npm');
for (const [client, loop] of Object.entries(toolLoops)) {
  for (const dialect of upstreamDialects) {
    for (const streamed of [false, true]) {
      const how = streamed ? 'streamed' : 'whole';
      test(`${client}, ${how}: three tools at once in ${turns} turns over ${dialect}`, { skip }, async () => {
        const side = sides[dialect];
        const told: unknown[] = [];
        await using served = await speaking({ m: dialect }, (_model, request) => {
          told.push(side.pairs(request.json()));
          return scriptOf(request, told.length < turns ? side.calls(told.length) : side.done);
        });
        assert.equal(await loop(served.url, streamed), 'Sunny everywhere.');
        const expected = Array.from({ length: turns }, (_, at) =>
          Array.from({ length: at }, (__, before) =>
            citiesOf(before + 1).map((city) => [city, weatherIn(city)]),
          ).flat(),
        );
        assert.deepEqual(told, expected);
      });
    }
  }
}

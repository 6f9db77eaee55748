import { test } from 'node:test';
import { dialectContract, fixtures, fixturesFolder } from '@tapgate/test-kit';
import { openaiChat } from './openai-chat.ts';

const recordings = fixturesFolder() === undefined ? [] : fixtures({ dialect: 'openai-chat' });
const streams = recordings.filter(({ streamed }) => streamed).map(({ name }) => name);
const endMark = 'a finish reason is an end mark of this dialect, whatever follows it';

dialectContract(test, {
  dialect: openaiChat,
  // One file of the recordings is indexed under this dialect and holds another's answer.
  fixtures: recordings.filter(({ name }) => name !== 'gemini/openai-compat-tool'),
  adds: ['stream_options'],
  ordered: false,
  equivalent,
  except: {
    'a stream that breaks off before its end is truncated, wherever it breaks': Object.fromEntries(
      streams.map((name) => [name, endMark]),
    ),
    'the observer sees the usage, the model and the end that the reader reads': { 'xai/tool-stream': endMark },
  },
});

/** Two ways of saying the same: a text and a list of one, a list of nothing and no list. */
function equivalent(request: unknown): unknown {
  const { tools, stop, messages, ...rest } = request as Record<string, unknown>;
  return {
    ...rest,
    stop: typeof stop === 'string' ? [stop] : stop,
    tools: Array.isArray(tools) && tools.length === 0 ? undefined : tools,
    messages: Array.isArray(messages) ? messages.map(plain) : messages,
  };
}

function plain(message: Record<string, unknown>): unknown {
  const { content, tool_calls: calls } = message;
  const [only, ...more] = Array.isArray(content) ? (content as Record<string, unknown>[]) : [];
  const isText = more.length === 0 && only?.['type'] === 'text' && Object.keys(only).length === 2;
  const hasCalls = Array.isArray(calls) && calls.length > 0;
  return {
    ...message,
    content: isText ? only['text'] : content === '' && hasCalls ? null : content,
    tool_calls: hasCalls ? calls : undefined,
  };
}

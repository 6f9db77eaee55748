import {
  type Body,
  type ChatRequest,
  coreErrors,
  defined,
  type Incoming,
  isObject,
  type JsonObject,
  JsonSyntax,
  JsonTooDeep,
  readJson,
  textOf,
} from '@tapgate/core';
import { Fields } from '../chat/fields.ts';
import { dialectName } from './names.ts';
import { saysNothing, type Notes } from './own.ts';
import { readConversation } from './read-input.ts';
import {
  readCaching,
  readMetadata,
  readOutput,
  readReasoning,
  readSampling,
  readState,
  readUser,
} from './read-settings.ts';
import { readToolChoice, readTools } from './read-tools.ts';

/** Schemas stay as they were written: the order of their keys is the order of the answer's. */
const raw: ReadonlySet<string> = new Set(['parameters', 'schema']);

/**
 * Reads a request of the Responses API.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/create
 * @throws BODY_INVALID where the body is not JSON, or no object.
 * @throws BODY_TOO_DEEP
 */
export function readRequest(incoming: Incoming): ChatRequest {
  const fields = new Fields(readBody(incoming.body));
  const { instructions, turns, notes } = readConversation(fields);
  const model = fields.string('model') ?? '';
  const stream = fields.boolean('stream');
  const canonical = {
    model,
    instructions,
    turns,
    tools: readTools(fields),
    output: readOutput(fields),
    sampling: readSampling(fields),
    stream: stream ?? false,
    wantUsage: true,
    ...defined({
      toolChoice: readToolChoice(fields),
      parallelTools: fields.boolean('parallel_tool_calls'),
      reasoning: readReasoning(fields),
      caching: readCaching(fields),
      tier: fields.string('service_tier'),
      user: readUser(fields),
      metadata: readMetadata(fields),
      state: readState(fields),
    }),
  };
  return { ...canonical, ext: extOf(fields, stream === undefined ? notes : { ...notes, $stream: true }) };
}

/** What says nothing is kept apart, so that no other dialect takes it for something that it lacks. */
function extOf(fields: Fields, notes: Notes): ChatRequest['ext'] {
  const rest = Object.entries(fields.rest() ?? {});
  const empty = rest.filter(([, value]) => saysNothing(value));
  const own = Object.fromEntries(rest.filter(([, value]) => !saysNothing(value)));
  const all = empty.length > 0 ? { ...notes, $nulls: Object.fromEntries(empty) } : notes;
  return { [dialectName]: { ...own, ...all } };
}

function readBody(body: Body): JsonObject {
  const value = parsed(textOf(body));
  if (!isObject(value)) throw coreErrors.BODY_INVALID({ reason: 'it must be an object' });
  return value;
}

function parsed(text: string): unknown {
  try {
    return readJson(text, { raw });
  } catch (error) {
    if (error instanceof JsonTooDeep) throw coreErrors.BODY_TOO_DEEP({ limit: error.maxDepth }, { cause: error });
    if (error instanceof JsonSyntax) throw coreErrors.BODY_INVALID({ reason: error.message }, { cause: error });
    throw error;
  }
}

import {
  type ChatRequest,
  coreErrors,
  defined,
  type Incoming,
  isObject,
  type JsonObject,
  type MediaPart,
  type OpaquePart,
  readJson,
  textOf,
  type TextPart,
} from '@tapgate/core';
import { readCallPath } from '../call-path.ts';
import { Fields } from '../fields.ts';
import { dialectName } from '../dialect-name.ts';
import { peek } from '../peek.ts';
import { readContents } from './read-contents.ts';
import { opaquePart, readPart } from './read-part.ts';
import { readGenerationConfig } from './read-settings.ts';
import { readToolConfig, readTools } from './read-tools.ts';

/** They stay as they were written: the order of their keys and the digits of their numbers mean something to a model. */
const raw: ReadonlySet<string> = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'parameters_json_schema',
  'responseSchema',
  'response_schema',
  'responseJsonSchema',
  'response_json_schema',
]);

/**
 * Reads a request for an answer. Names in camel case and in snake case are one to the API, and so they are here.
 *
 * @see https://ai.google.dev/api/generate-content
 * @throws BODY_INVALID where the body is not JSON, or no object.
 * @throws CONTENT_INVALID where a content is no object.
 */
export function readRequest(incoming: Incoming): ChatRequest {
  const fields = new Fields(readBody(incoming));
  const system = readSystem(fields);
  const turns = readContents(fields.take('contents'));
  const tools = readTools(fields);
  const config = readGenerationConfig(fields);
  const choice = readToolConfig(fields);
  const tier = fields.string('serviceTier');
  const own = { ...fields.rest(), ...system.own, ...config.own, ...choice.own };
  return {
    model: readCallPath(incoming.path)?.model ?? '',
    instructions: system.parts,
    turns,
    tools,
    output: config.output,
    sampling: config.sampling,
    stream: peek(incoming).streamed,
    wantUsage: true,
    ...defined({ toolChoice: choice.toolChoice, reasoning: config.reasoning, tier }),
    ext: Object.keys(own).length === 0 ? {} : { [dialectName]: own },
  };
}

function readBody({ body }: Incoming): JsonObject {
  let value: unknown;
  try {
    value = readJson(textOf(body), { raw });
  } catch (error) {
    throw coreErrors.BODY_INVALID({ reason: error instanceof Error ? error.message : 'it cannot be read' });
  }
  if (!isObject(value)) throw coreErrors.BODY_INVALID({ reason: 'it must be an object' });
  return value;
}

/** The system instruction's parts. Its role means nothing and is kept. */
function readSystem(fields: Fields): {
  readonly parts: readonly (TextPart | MediaPart | OpaquePart)[];
  readonly own: JsonObject;
} {
  const content = fields.peek('systemInstruction');
  if (typeof content === 'string') {
    fields.take('systemInstruction');
    return { parts: [{ kind: 'text', text: content, role: 'system' }], own: {} };
  }
  if (!isObject(content)) return { parts: [], own: {} };
  fields.take('systemInstruction');
  const inner = new Fields(content);
  const parts = (inner.objects('parts') ?? []).map((json) => {
    const part = readPart(json);
    if (part.kind === 'text') return { ...part, role: 'system' as const };
    return part.kind === 'media' || part.kind === 'opaque' ? part : opaquePart(json);
  });
  const role = inner.take('role');
  const rest = inner.rest();
  return { parts, own: { ...(role !== undefined && { $systemRole: role }), ...(rest && { systemInstruction: rest }) } };
}

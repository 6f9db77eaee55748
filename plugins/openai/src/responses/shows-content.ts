import { asString, isArray, isObject, parseObject, readEvent, type Json, type JsonObject } from '@tapgate/core';

/** Events that bring more of a text. Those of tools that the vendor runs are none of the answer itself. */
const deltas: ReadonlySet<string> = new Set([
  'response.output_text.delta',
  'response.refusal.delta',
  'response.reasoning_text.delta',
  'response.reasoning_summary_text.delta',
  'response.function_call_arguments.delta',
  'response.custom_tool_call_input.delta',
]);

/** Events that may bring a text which no delta brought. */
const closing =
  /^response\.(output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments|custom_tool_call_input)\.done$|^response\.(content_part|reasoning_summary_part)\.(added|done)$/;

/** Whether events of this type bring more of a text. */
export function isDelta(type: string): boolean {
  return deltas.has(type);
}

/** Whether an event that is no delta shows something of the answer, by its type where that tells, else by what it says. */
export function showsContent(type: string, bytes: Uint8Array): boolean {
  if (type === 'response.output_text.annotation.added') return true;
  if (type === 'response.output_item.added' || type === 'response.output_item.done') {
    const item = parseObject(readEvent(bytes).data ?? '')?.['item'];
    return isObject(item) && itemShows(item, type.endsWith('.done'));
  }
  return closing.test(type) && saysText(parseObject(readEvent(bytes).data ?? ''));
}

function itemShows(item: JsonObject, done: boolean): boolean {
  switch (item['type']) {
    case 'message':
      return done && partsSay(item['content']);
    case 'reasoning':
      return (
        done &&
        (asString(item['encrypted_content']) !== undefined || partsSay(item['summary']) || partsSay(item['content']))
      );
    case 'function_call':
    case 'custom_tool_call':
      return asString(item['name']) !== undefined;
    default:
      return done;
  }
}

function partsSay(parts: Json | undefined): boolean {
  return isArray(parts) && parts.some((part) => isObject(part) && saysText(part));
}

const texts = ['text', 'refusal', 'arguments', 'input'];

function saysText(event: JsonObject | undefined): boolean {
  if (event === undefined) return false;
  const part = event['part'];
  return texts.some((name) => asString(event[name])) || (isObject(part) && saysText(part));
}

import { asString, isObject, type Json, RawJson, type ToolCallPart } from '@tapgate/core';
import { asWritten } from '../as-written.ts';
import { ownFields } from '../own-fields.ts';

/** A call as it stands in a message; nothing for what is none. `madeId` names one that has no id, as those of old servers. */
export function readCall(call: Json, madeId: string): ToolCallPart | undefined {
  if (!isObject(call)) return undefined;
  const { id, function: called, ...rest } = call;
  if (!isObject(called)) return undefined;
  const { name, arguments: args, ...more } = called;
  if (typeof name !== 'string') return undefined;
  if (Object.keys(more).length > 0) rest['$function'] = more;
  const given = asString(id);
  if (given === undefined || given === '') rest['$id'] = asWritten(id);
  const isObjectAsWritten = args instanceof RawJson && isObject(args.value);
  if (!isObjectAsWritten) rest['$arguments'] = asWritten(args);
  const argsText = isObjectAsWritten ? args.text : (asString(args) ?? '{}');
  return {
    kind: 'tool-call',
    callId: given === undefined || given === '' ? madeId : given,
    name,
    argsText,
    executedBy: 'client',
    ...ownFields(rest),
  };
}

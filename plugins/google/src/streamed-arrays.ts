import type { Attempt, Reply } from '@tapgate/core';

/** A stream without server-sent events is called a JSON document, and is a stream all the same. */
export function streamedArrays(reply: Reply, attempt: Attempt): Reply {
  if (reply.bytes === undefined || reply.streamed || !attempt.streamed) return reply;
  if ((reply.status ?? 200) >= 400 || !attempt.path.includes(':streamGenerateContent')) return reply;
  return { ...reply, streamed: true };
}

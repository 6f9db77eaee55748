import { type Body, bodyOf, coreErrors, editMembers, type MemberChanges, scanObject, splice } from '@tapgate/core';

/**
 * A request's bytes for a cloud that has the model in its path, and the API version in the body: `model` is taken out and
 * `anthropic_version` put in, and nothing else is touched. `more` changes further members at the top the same way: the
 * JSON text of a value, or undefined to take it out.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/claude-in-amazon-bedrock
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
 * @throws BODY_INVALID where the body is no JSON object.
 */
export function withoutModel(body: Body, version: string, more: MemberChanges = {}): Body {
  const changes = { ...more, model: undefined, anthropic_version: JSON.stringify(version) };
  const scanned = scanObject(body.chunks, Object.keys(changes));
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  return bodyOf(...splice(body.chunks, editMembers(scanned, changes)).chunks);
}

import type { ChatRequest } from '@tapgate/core';
import { ownExt } from '../own.ts';

/** Whether the client speaks the form before `tools`, and so expects one `function_call` instead of `tool_calls`. */
export function isLegacy(request: ChatRequest): boolean {
  return request.tools.some((tool) => tool.kind === 'function' && ownExt(tool)['$legacy'] === true);
}

import { createToolNames, type ToolNames } from '@tapgate/core';

/**
 * Tools' names and calls' ids in the letters that the API takes.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
export const toolNames: ToolNames = createToolNames({ legal: /^[a-zA-Z0-9_-]+$/, escape: '_' });

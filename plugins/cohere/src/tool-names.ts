import { createToolNames, type ToolNames } from '@tapgate/core';

/** Tools' names and calls' ids in letters that are safe in the API, which does not say what it takes. */
export const toolNames: ToolNames = createToolNames({ legal: /^[a-zA-Z0-9_-]+$/, escape: '_' });

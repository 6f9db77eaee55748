import { createToolNames, type ToolNames } from '@tapgate/core';

/** How long the API lets a name be. */
export const maxNameLength = 128;

/**
 * Tools' names in the letters that the API takes.
 *
 * @see https://ai.google.dev/api/caching#FunctionDeclaration
 */
export const toolNames: ToolNames = createToolNames({ legal: /^[A-Za-z_][A-Za-z\d_.:-]*$/, escape: '.' });

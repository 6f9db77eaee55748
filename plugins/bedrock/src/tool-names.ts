import { createToolNames, type ToolNames } from '@tapgate/core';

/**
 * Tools' names and calls' ids in the letters that the API takes.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html
 */
export const toolNames: ToolNames = createToolNames({ legal: /^[a-zA-Z0-9_-]+$/, escape: '_' });

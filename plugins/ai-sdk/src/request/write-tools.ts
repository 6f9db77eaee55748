import type { ChatRequest, Losses, Tool, ToolChoice } from '@tapgate/core';
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4ToolChoice,
} from '@ai-sdk/provider';

/** The functions of a request, and which of them must be called. */
export function writeTools(
  request: ChatRequest,
  losses: Losses,
): Pick<LanguageModelV4CallOptions, 'tools' | 'toolChoice'> {
  const { toolChoice, parallelTools } = request;
  const written = request.tools.flatMap((tool, at) => writeTool(tool, at, losses));
  const allowed = toolChoice?.mode === 'allowed' ? toolChoice.names : undefined;
  const tools = allowed === undefined ? written : written.filter(({ name }) => allowed.includes(name));
  if (parallelTools === false && tools.length > 0)
    losses.contract('parallel_tool_calls', 'the AI SDK cannot ask for one call at a time');
  if (tools.length === 0) return {};
  const choice = toolChoice === undefined ? undefined : writeChoice(toolChoice, losses);
  return { tools, ...(choice === undefined ? {} : { toolChoice: choice }) };
}

function writeTool(tool: Tool, at: number, losses: Losses): readonly LanguageModelV4FunctionTool[] {
  const field = `tools[${at}]`;
  if (tool.kind === 'custom') losses.contract(field, 'the AI SDK has no tools that take free text');
  if (tool.kind === 'hosted') losses.contract(field, 'a tool that a vendor runs goes to that vendor only');
  if (tool.kind !== 'function') return [];
  if (tool.cache !== undefined) losses.hint(`${field}.cache_control`, 'the AI SDK has no marks of a cache');
  const { name, description, schema, strict } = tool;
  return [
    {
      type: 'function',
      name,
      inputSchema: (schema?.value ?? { type: 'object', properties: {} }) as object,
      ...(description === undefined ? {} : { description }),
      ...(strict === undefined ? {} : { strict }),
    },
  ];
}

function writeChoice(choice: ToolChoice, losses: Losses): LanguageModelV4ToolChoice | undefined {
  switch (choice.mode) {
    case 'named':
      return { type: 'tool', toolName: choice.name };
    case 'allowed':
      return { type: choice.required ? 'required' : 'auto' };
    case 'hosted':
      losses.contract('tool_choice', 'a tool that a vendor runs goes to that vendor only');
      return undefined;
    case 'auto':
    case 'none':
    case 'required':
      return { type: choice.mode };
  }
}

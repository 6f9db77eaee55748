export { anthropic, anthropic as default, type AnthropicOptions } from './anthropic.ts';
export { anthropicMessages } from './anthropic-messages.ts';
export { type CapabilityRow, messagesCapabilities } from './capabilities.ts';
export { claudeAbilities } from './claude-abilities.ts';
export { errors } from './errors.ts';
export { withoutModel } from './without-model.ts';

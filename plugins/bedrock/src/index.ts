export { bedrockConverse } from './bedrock-converse.ts';

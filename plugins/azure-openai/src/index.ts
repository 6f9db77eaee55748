export { azureOpenai, azureOpenai as default, type AzureOpenaiOptions } from './azure-openai.ts';
export { type EntraOptions } from './entra.ts';
export { errors } from './errors.ts';

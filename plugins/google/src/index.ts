export { errors } from './errors.ts';
export { geminiAbilities } from './gemini-abilities.ts';
export { google, google as default, type GoogleOptions } from './google.ts';
export { googleGenerate } from './google-generate.ts';
export { type VertexOptions } from './vertex.ts';

/** The dialect's name in a config, and the key of its own fields in canonical forms. */
export const dialectName = 'ollama-chat';

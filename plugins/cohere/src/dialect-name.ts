/** This dialect's name, as providers and configurations spell it. */
export const dialectName = 'cohere-chat';

/** This dialect's name, as providers and configurations spell it. */
export const dialectName = 'bedrock-converse';

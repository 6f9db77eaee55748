/** The dialect's name, for Gemini at any of its places. */
export const dialectName = 'google-generate';

/** How servers say that a conversation is longer than the model reads. */
const phrases: readonly RegExp[] = [
  /context[ _-]?(length|window|size|limit)[^.]*\bexceed/,
  /exceed[^.]*\bcontext[ _-]?(length|window|size|limit)/,
  /(maximum|max|model'?s) context length (is|of)\b/,
  /maximum prompt length (is|of)\b/,
  /longer than the model'?s context length/,
  /(greater|larger|longer|more) than the (available )?context (length|window|size)/,
  /prompt is too long|input is too long|conversation is too long/,
  /too long to fit into the model/,
  /prompt exceeds (the )?max(imum)? length/,
  /too large for model with \d+ maximum context/,
  /input token count[^.]*exceeds the maximum/,
  /number of input tokens[^.]*exceed|input tokens exceeded/,
  /tokens? in the prompt cannot exceed/,
  /exceed(s|ed)? (the )?model('s)? token limit/,
  /inputs`? tokens \+ `?max_new_tokens`? must be/,
  /inputs`? must have less than \d+ tokens/,
  /reduce the length of (the|your) (messages|prompt|input)/,
];

/** Of limits for a time, of single fields, of what is written: not of the conversation. */
const otherLimits =
  /per (minute|min|second|day|hour)\b|\b[tr]p[mdh]\b|string too long|string_above_max_length|array too long|rate limit|quota/;

/** Codes that say it in one word. */
const codes: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'context_window_exceeded',
  'model_context_window_exceeded',
  'exceed_context_size_error',
  'max_context_length_exceeded',
]);

/**
 * Whether an upstream's error says that the conversation does not fit the model, so that a client may shorten it, and
 * another target with more room may take it. Read from the words, because hardly two servers have the same code.
 */
export function saysContextLength(message: string, code?: string): boolean {
  if (code !== undefined && codes.has(code.toLowerCase())) return true;
  const text = message.toLowerCase();
  return !otherLimits.test(text) && phrases.some((phrase) => phrase.test(text));
}

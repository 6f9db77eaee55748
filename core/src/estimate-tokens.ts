import type { Body } from './body.ts';

const bytesPerToken = 4;
/** What a picture or a page costs, roughly. */
const tokensPerFile = 1500;
/** No word and no number is so long: what goes on so without a break is a file in base64. */
const shortestFile = 1024;

/**
 * About how many tokens a request has, from its bytes as they are sent: whatever its dialect, without parsing it, and in
 * one pass. Its syntax counts too, so that it is rather too much; files within it count as one picture each.
 */
export function estimateTokens(body: Body): number {
  let text = 0;
  let files = 0;
  let run = 0;
  for (const chunk of body.chunks) {
    for (const byte of chunk) {
      if (base64[byte] === 1) {
        run += 1;
        continue;
      }
      if (run >= shortestFile) files += 1;
      else text += run;
      run = 0;
      text += 1;
    }
  }
  if (run >= shortestFile) files += 1;
  else text += run;
  return Math.ceil(text / bytesPerToken) + files * tokensPerFile;
}

/** The alphabets of base64, and the backslash that JSON may put before a slash. */
const base64 = new Uint8Array(256);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\')
  base64[character.charCodeAt(0)] = 1;

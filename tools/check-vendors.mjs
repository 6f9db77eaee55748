/** Core knows no vendor by name: fails for each line of core's sources, outside its tests, that holds one. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vendor =
  /anthropic|openai|gemini|bedrock|mistral|openrouter|hugging|cohere|ollama|deepseek|fireworks|perplexity|cerebras|\bgroq|\bvllm|\bvertex/i;

const found = globSync('core/src/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts'))
  .toSorted()
  .flatMap((file) =>
    readFileSync(root + file, 'utf8')
      .split('\n')
      .flatMap((line, at) => {
        const name = vendor.exec(line)?.[0];
        return name ? `${file}:${at + 1} names "${name}": what only one vendor needs belongs in its plugin.` : [];
      }),
  );

for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;

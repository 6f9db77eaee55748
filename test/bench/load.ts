import { Agent, request } from 'node:http';

/** Requests to put to a subject. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly count: number;
  readonly concurrency: number;
}

/** Puts so many requests, so many at a time, and gives how long each took, milliseconds. Throws where one did not succeed. */
export async function put(load: Load): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.concurrency });
  const took: number[] = [];
  let left = load.count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      took.push(await one(load, agent));
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, worker));
  agent.destroy();
  return took;
}

function one(load: Load, agent: Agent): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer client',
      ...load.headers,
      'content-length': load.body.byteLength,
    };
    const call = request(
      { host: '127.0.0.1', port: load.port, path: load.path, method: 'POST', agent, headers },
      (response) => {
        let text = '';
        let length = 0;
        response.on('data', (part: Buffer) => {
          length += part.byteLength;
          if (response.statusCode !== 200) text += part.toString();
        });
        response.on('end', () => {
          if (response.statusCode === 200 && length > 0) resolve(performance.now() - began);
          else reject(new Error(`status ${response.statusCode}: ${text.slice(0, 300)}`));
        });
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(load.body);
  });
}

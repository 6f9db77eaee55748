import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { python } from '../installed.ts';
import { type Client, offers, type Tongue } from '../wish.ts';

/** What the interpreter does, one order after the other. */
type Order =
  | { readonly do: 'converse'; readonly kind: string; readonly wish: object }
  | { readonly do: 'models'; readonly kind: string; readonly url: string }
  | {
      readonly do: 'count';
      readonly kind: string;
      readonly url: string;
      readonly model: string;
      readonly prompt: string;
    };

/** An error as the client threw it there. */
class PythonError extends Error {
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.name = 'PythonError';
    this.status = status;
  }
}

/** One interpreter for all orders, because its start costs more than they do. It does not keep the process alive. */
class Interpreter {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor() {
    this.#child = spawn(python, [`${import.meta.dirname}/../python/converse.py`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('the interpreter has no output');
    createInterface({ input: stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    this.#rest();
  }

  /** Orders are done in turn, so answers come in the order of the orders. */
  async order(order: Order): Promise<any> {
    this.#wake();
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push(resolve);
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    const { told, error, status } = JSON.parse(await promise);
    if (this.#waiting.length === 0) this.#rest();
    if (error !== undefined) throw new PythonError(error, status ?? undefined);
    return told;
  }

  #wake(): void {
    this.#child.ref();
    (this.#child.stdout as any).ref();
  }

  #rest(): void {
    this.#child.unref();
    (this.#child.stdout as any).unref();
    (this.#child.stdin as any).unref();
  }
}

let interpreter: Interpreter | undefined;
const order = (what: Order): Promise<any> => (interpreter ??= new Interpreter()).order(what);

function pythonClient(name: string, kind: string, tongue: Tongue): Client {
  return {
    name,
    tongue,
    needs: 'python',
    async converse(wish) {
      const told = await order({ do: 'converse', kind, wish: { ...wish, offers } });
      return told.map(({ usage, ...rest }: any) => ({ ...rest, ...(usage && { usage }) }));
    },
    ...(kind !== 'responses' && { models: (url: string) => order({ do: 'models', kind, url }) }),
    ...(/messages|generate/.test(kind) && {
      count: (url: string, model: string, prompt: string) => order({ do: 'count', kind, url, model, prompt }),
    }),
  };
}

/** The official Python clients. */
export const pythonClients: readonly Client[] = [
  pythonClient('openai (Python), chat', 'chat', 'openai-chat'),
  pythonClient('openai (Python), responses', 'responses', 'openai-responses'),
  pythonClient('anthropic (Python)', 'messages', 'anthropic-messages'),
  pythonClient('google-genai (Python)', 'generate', 'google-generate'),
];

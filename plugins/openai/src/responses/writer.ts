import {
  noUsage,
  type ChatEvent,
  type FinishEvent,
  type GatewayError,
  type JsonObject,
  type ReplyWriter,
  type StartEvent,
  type Usage,
  type WriterContext,
} from '@tapgate/core';
import { writeError } from '../chat/errors/write-error.ts';
import { echoOf } from './echo.ts';
import { Emitter } from './emitter.ts';
import { errorFields, failureOf } from './failed-response.ts';
import { ItemIds } from './item-ids.ts';
import { fieldsOf, notesOf } from './own.ts';
import { OutputList } from './output-list.ts';
import { OutputWriter } from './output-writer.ts';
import { endEvent, endingOf, responseJson, type Ending } from './response-object.ts';
import { writeUsage } from './write-usage.ts';

/** Writes an answer of the Responses API, streamed or whole: both are made by the same machine. */
export function createWriter(context: WriterContext): ReplyWriter {
  return new ResponsesWriter(context);
}

const cancelled = { code: 'cancelled', message: 'The answer was cancelled.' };

class ResponsesWriter implements ReplyWriter {
  readonly contentType: string;
  readonly #context: WriterContext;
  readonly #emitter: Emitter;
  readonly #list: OutputList;
  readonly #output: OutputWriter;
  #fields: JsonObject;
  #id: string;
  #created: number;
  #usage: Usage | undefined;
  #finish: FinishEvent | undefined;
  /** At least a token each, where nobody counts. */
  #deltas = 0;
  #began = false;
  #over = false;

  constructor(context: WriterContext) {
    this.#context = context;
    this.contentType = context.streamed ? 'text/event-stream; charset=utf-8' : 'application/json';
    this.#emitter = new Emitter(context.streamed);
    const ids = new ItemIds(context.id);
    this.#id = ids.response;
    this.#created = context.createdAt;
    this.#fields = echoOf(context.request);
    this.#list = new OutputList(this.#emitter, ids);
    this.#output = new OutputWriter(this.#list, context.request);
  }

  push(event: ChatEvent): string | undefined {
    if (this.#over) return undefined;
    switch (event.type) {
      case 'start':
        this.#start(event);
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'finish':
        this.#end(event);
        break;
      case 'error':
        return this.fail(event.error);
      case 'ping':
        break;
      case 'part-delta':
        this.#deltas += 1;
        this.#output.push(event);
        break;
      default:
        this.#begin();
        this.#output.push(event);
    }
    return this.#emitter.take();
  }

  end(): string | undefined {
    if (this.#over) return undefined;
    this.#begin();
    this.#over = true;
    const ending = endingOf(this.#finish, this.#context.streamed);
    this.#list.close(ending.status === 'completed' ? 'completed' : 'incomplete');
    if (ending.status === 'failed') return this.#failed({ code: 'server_error', message: 'The model failed.' });
    if (ending.status === 'cancelled') return this.#failed(cancelled, 'cancelled');
    return this.#last(endEvent(ending.status), this.#response(ending));
  }

  /**
   * An error event, on which clients throw, and where the response had begun its failure, with all that was said so far:
   * some clients look for the one, some for the other. Nothing follows.
   */
  fail(error: GatewayError): string {
    this.#over = true;
    if (!this.#context.streamed) return writeError(error).body;
    this.#emitter.emit('error', errorFields(error));
    return this.#began ? this.#failed(failureOf(error)) : (this.#emitter.take() ?? '');
  }

  #start(event: StartEvent): void {
    const { $response } = notesOf(event);
    if (!this.#began) {
      if (event.id && ($response || event.id.startsWith('resp'))) this.#id = event.id;
      this.#created = event.created ?? this.#created;
      this.#list.own = $response === true;
    }
    this.#fields = { ...this.#fields, ...fieldsOf(event) };
    this.#usage = event.usage ?? this.#usage;
    this.#begin();
  }

  #begin(): void {
    if (this.#began) return;
    this.#began = true;
    const response = this.#response({ status: 'in_progress' });
    this.#emitter.emit('response.created', `"response":${response}`);
    this.#emitter.emit('response.in_progress', `"response":${response}`);
  }

  /** The answer is complete but for its usage. A call that was cut off by the limit is not. */
  #end(event: FinishEvent): void {
    this.#begin();
    if (this.#finish === undefined || event.choice < this.#finish.choice) this.#finish = event;
    this.#fields = { ...this.#fields, ...fieldsOf(event) };
    const { status } = endingOf(event, this.#context.streamed);
    this.#list.close(status === 'completed' ? 'completed' : 'incomplete', event.choice);
  }

  #response(ending: Ending): string {
    const head = { id: this.#id, object: 'response', created_at: this.#created, model: this.#context.model };
    const running = ending.status === 'in_progress' || ending.status === 'queued';
    const usage = this.#usage ?? (running ? undefined : { ...noUsage, output: this.#deltas, estimated: true });
    const counted = running || usage === undefined ? 'null' : writeUsage(usage);
    return responseJson(head, this.#fields, ending, running ? '[]' : this.#list.json(), counted);
  }

  #failed(error: JsonObject, status = 'failed'): string {
    this.#fields = { ...this.#fields, error };
    return this.#last('response.failed', this.#response({ status })) ?? '';
  }

  #last(type: string, response: string): string | undefined {
    if (!this.#context.streamed) return response;
    this.#emitter.emit(type, `"response":${response}`);
    return this.#emitter.take();
  }
}

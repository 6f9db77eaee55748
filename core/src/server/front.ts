import Koa from 'koa';

type Answer = (context: Koa.Context) => Promise<void>;

/** What Koa itself does with a request; its types leave it out. */
const koa = Koa.prototype as unknown as {
  handleRequest(context: Koa.Context, answer: Answer): Promise<void>;
};

/**
 * Koa, which looks after a response's end only where it writes the response. Who takes a response over (`respond = false`) looks after
 * its end as well, and Koa's way of it costs more than all the rest of Koa.
 */
export class Front extends Koa {
  handleRequest(context: Koa.Context, answer: Answer): Promise<void> {
    context.res.statusCode = 404;
    return answer(context).then(
      () => (context.respond === false ? undefined : this.#respond(context)),
      (error: Error) => context.onerror(error),
    );
  }

  /** Koa takes the status for unknown when it begins. */
  #respond(context: Koa.Context): Promise<void> {
    const { statusCode } = context.res;
    return koa.handleRequest.call(this, context, async () => {
      context.res.statusCode = statusCode;
    });
  }
}

/**
 * oidc-provider is a Koa application, which wants Node's own request and response. It gets a pair that hangs on no
 * connection, so that what it answers is a `Response` like all others: numbered, counted and logged at the front door,
 * and the same whatever server we run under.
 */
import { IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import { Socket } from 'node:net';

/**
 * Asks a Node listener. @param request whose body was read already, into `body`
 * @param origin under which the node is reached: what the request says of it is not believed
 */
export const ask = (listener: RequestListener, request: Request, body: Buffer, origin: string): Promise<Response> =>
  new Promise((resolve, reject) => {
    const url = new URL(request.url);
    const home = new URL(origin);
    const incoming = new IncomingMessage(new Socket());
    incoming.method = request.method;
    incoming.url = `${url.pathname}${url.search}`;
    incoming.httpVersion = '1.1';
    incoming.headers = {
      ...Object.fromEntries(request.headers),
      host: home.host,
      'x-forwarded-host': home.host,
      'x-forwarded-proto': home.protocol.slice(0, -1),
      'content-length': String(body.length),
    };
    delete incoming.headers['transfer-encoding'];
    incoming.push(body.length === 0 ? null : body);
    if (body.length > 0) incoming.push(null);
    incoming.complete = true;

    const outgoing = new ServerResponse(incoming);
    const chunks: Buffer[] = [];
    const keep = (chunk: unknown): void => {
      if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
      else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    };
    outgoing.write = ((chunk: unknown): boolean => {
      keep(chunk);
      return true;
    }) as typeof outgoing.write;
    outgoing.end = ((chunk?: unknown): ServerResponse => {
      keep(chunk);
      const headers = new Headers();
      for (const [name, value] of Object.entries(outgoing.getHeaders())) {
        if (value === undefined || name === 'transfer-encoding' || name === 'connection') continue;
        for (const one of Array.isArray(value) ? value : [value]) headers.append(name, String(one));
      }
      const { statusCode: status } = outgoing;
      const empty = status === 204 || status === 304 || request.method === 'HEAD';
      resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers }));
      outgoing.emit('finish');
      return outgoing;
    }) as typeof outgoing.end;
    outgoing.on('error', reject);
    try {
      listener(incoming, outgoing);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });

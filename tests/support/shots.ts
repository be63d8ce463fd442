/** Requests that are made first and sent later, so that what they cost the sender is not counted; from any loopback address. */
import { Agent, request } from 'node:http';
import { cpuUsage } from 'node:process';

/** `url` names the node as its peers do (`http://marseille.localhost:4000/inbox`); it is sent to this machine. */
export type Shot = { url: string; method: string; headers: Record<string, string>; body?: Buffer };
/** `status` 0: it hung up on a body that it did not want, before its answer could be read. */
export type Answer = { status: number; headers: Headers; text: string };

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/**
 * Sends it under the name in its URL, whatever answers meanwhile: a server may refuse before it has read all.
 * @param from address of this machine that it comes from
 */
export const shoot = async (shot: Shot, from?: string): Promise<Answer> => {
  const before = cpuUsage();
  const answer = await send(shot, from);
  const { user, system } = cpuUsage(before);
  spent.shots++;
  spent.micros += user + system;
  return answer;
};

/**
 * Shots of this process so far, and the CPU of the whole process while they were under way. Where the node is in the
 * same process its work is in it; of shots under way together each counts all of it.
 */
export const spent = { shots: 0, micros: 0 };

const send = (shot: Shot, from?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const url = new URL(shot.url);
    const large = shot.body !== undefined && shot.body.length > 1e6;
    const sent = request(
      {
        host: '127.0.0.1',
        port: url.port,
        path: `${url.pathname}${url.search}`,
        method: shot.method,
        headers: {
          host: url.host,
          ...(shot.body === undefined || shot.headers['transfer-encoding'] !== undefined
            ? {}
            : { 'content-length': String(shot.body.length) }),
          ...shot.headers,
        },
        // Whoever sends megabytes is hung up on: nothing else must go through that connection.
        agent: large ? false : agent,
        ...(from === undefined ? {} : { localAddress: from }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        const done = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(
              Object.entries(response.headersDistinct).flatMap(([name, values]) =>
                (values ?? []).map((value): [string, string] => [name, value]),
              ),
            ),
            text: Buffer.concat(chunks).toString('utf8'),
          });
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', done);
        // It has answered; that it hangs up on the rest is its right.
        response.on('error', done);
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const hungUp = /EPIPE|ECONNRESET/.test(error.code ?? '');
      if (hungUp && large) resolve({ status: 0, headers: new Headers(), text: '' });
      // An idle connection that the node closed just now: nothing of this request was taken.
      else if (hungUp && sent.reusedSocket) resolve(send(shot, from));
      else reject(error);
    });
    sent.end(shot.body);
  });

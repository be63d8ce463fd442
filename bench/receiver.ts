/** A process that is all other servers at once: takes every POST, and says how many there were. */
import { createServer } from 'node:http';

let taken = 0;
const waiting: { n: number; done: () => void }[] = [];
createServer((request, response) => {
  if (request.method === 'GET') {
    // `/N` is answered once N were taken.
    const n = Number(request.url?.slice(1));
    const done = (): void => void response.end(String(taken));
    if (taken >= n) done();
    else waiting.push({ n, done });
    return;
  }
  request.resume();
  request.on('end', () => {
    response.writeHead(202).end();
    taken++;
    for (const one of waiting.splice(0)) {
      if (taken >= one.n) one.done();
      else waiting.push(one);
    }
  });
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'));

/** A mail server that takes letters, or says no with the words that it is given. */
import { type Server, type Socket, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

export type MailServer = {
  /** For SMTP_URL, without a name and a password. */
  url: string;
  port: number;
  /** Letters as they came, headers and body. */
  letters: string[];
  /** What it answers to a command (`MAIL`, `RCPT`, `AUTH`, `DATA`) instead of taking it. */
  refuses: Map<string, string>;
  close(): Promise<void>;
};

export const startMailServer = async (): Promise<MailServer> => {
  const letters: string[] = [];
  const refuses = new Map<string, string>();
  const talk = (socket: Socket): void => {
    let [rest, body, inBody] = ['', '', false];
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const hear = (line: string): void => {
      if (inBody) {
        if (line !== '.') {
          body += `${line}\n`;
          return;
        }
        inBody = false;
        letters.push(body);
        body = '';
        return say('250 2.0.0 Ok: queued as TEST1');
      }
      const word = line.slice(0, 4).toUpperCase();
      const no = refuses.get(word);
      if (no !== undefined) return say(no);
      if (word === 'EHLO') return say('250-mail.localhost\r\n250 AUTH PLAIN');
      if (word === 'AUTH') return say('235 2.7.0 Welcome');
      if (word === 'QUIT') return void socket.end('221 Bye\r\n');
      if (word !== 'DATA') return say('250 Ok');
      inBody = true;
      say('354 Go on');
    };
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString()}`.split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(line);
    });
    say('220 mail.localhost ESMTP');
  };
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    letters,
    refuses,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

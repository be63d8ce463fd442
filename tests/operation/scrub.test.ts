import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { newSecret } from '#domain/tokens.ts';
import { describe as said, redact, scrub } from '#src/log.ts';

const secret = newSecret();
test.each([
  ['a link', `GET https://coop.example/password-reset/${secret} failed`, secret],
  [
    'a link to a report or a decision',
    `POST /statements/019a1c7e-7f6b-7c3a-9a55-0a4f1d2b3c4d.${secret.slice(0, 32)}/appeal 422`,
    secret.slice(0, 32),
  ],
  ['a token of the API', `mln_${secret}`, secret],
  ['a bearer', 'authorization: Bearer abcdef123456', 'abcdef123456'],
  ['basic credentials', 'Basic YWxpY2U6c2VjcmV0', 'YWxpY2U6c2VjcmV0'],
  ['the cookie of a session', `cookie: a=b; __Host-session=${secret}; c=d`, secret],
  [
    'a signature as drafted',
    'keyId="https://a.example/u#k",headers="host",signature="dGhpcyBpcyBpdA=="',
    'dGhpcyBpcyBpdA',
  ],
  ['a signature by RFC 9421', 'signature: sig1=:dGhpcyBpcyBpdA==:', 'dGhpcyBpcyBpdA'],
  ['a database with its password', 'connect postgres://maillon:s3cr3t!@db.example/maillon', 's3cr3t!'],
  ['a mail server with its password', 'smtps://user:pa55%20word@mail.example:465 timed out', 'pa55'],
  ['a form', 'login=ada&password=hirondelle&x=1', 'hirondelle'],
  ['JSON', '{"password": "hirondelle", "code":"123456"}', 'hirondelle'],
  ['a hash', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'c2FsdA'],
  ['values of a statement', 'Failed query: insert into "accounts"\nparams: ada,Rue des Lilas 5', 'Lilas'],
  ['an address', 'no such mailbox: ada.lovelace@volets.example', 'lovelace'],
  [
    'a private key',
    `wrote ${generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}`,
    'PRIVATE KEY',
  ],
])('%s does not reach a line', (_what, line, part) => {
  expect(line).toContain(part);
  expect(scrub(line)).not.toContain(part);
  expect(said(new Error('It failed.', { cause: new Error(line) }))).not.toContain(part);
  expect(JSON.stringify(redact({ deep: [{ text: line }] }))).not.toContain(part);
});

test('what helps to find a fault stays', () => {
  const line =
    'lyon.example did not take https://volets.example/users/ada/activities/0199-7d3a: timeout: lyon.example:443 after 10 s';
  expect(scrub(line)).toBe(line);
  expect(scrub('019a1c7e-7f6b-7c3a-9a55-0a4f1d2b3c4d')).toBe('019a1c7e-7f6b-7c3a-9a55-0a4f1d2b3c4d');
  const told = said(new TypeError('not a function', { cause: new Error('why') }));
  expect(told).toMatch(/^TypeError: not a function\n\s+at .*scrub\.test[\s\S]*\nbecause why/);
  expect(redact({ passwordHash: 'x', csrf: 'y', host: 'lyon.example' })).toEqual({
    passwordHash: '[redacted]',
    csrf: '[redacted]',
    host: 'lyon.example',
  });
});

/** An umbrella that vouches as an attacker would: every token is made by hand, every answer can be another. */
import type { KeyObject } from 'node:crypto';
import { type JWK, SignJWT } from 'jose';
import { type Partner, jwkOf, newKey, seconds } from './crooked-partner.ts';
import { type Json, type Stranger, startStranger } from './stranger.ts';

/** What is to be other than usual; undefined leaves a claim out. */
export type Otherwise = { header?: Json; claims?: Json; key?: KeyObject };
export type Said = {
  configuration?: Otherwise & { metadata?: Json };
  /** Keys that its statement names for the partner. */
  statement?: Otherwise & { jwks?: JWK[] };
  mark?: Otherwise;
  /** `status` is what it says of the mark; `answer` is sent instead. */
  status?: Otherwise & { answer?: { status: number; type: string; body: string } };
  /** What the partner shows beside the mark. */
  partner?: { claims?: Json; marks?: string[] };
};

export type Umbrella = {
  server: Stranger;
  keys: Partner['keys'];
  type: string;
  sign(typ: string, claims: Json, how?: Otherwise): Promise<string>;
  mark(how?: Otherwise): Promise<string>;
  /** Both say this from now on. */
  say(said?: Said): Promise<void>;
};

/** @param partner whom it vouches for */
export const startUmbrella = async (name: string, partner: Partner): Promise<Umbrella> => {
  const server = await startStranger(name);
  const { origin } = server;
  const keys = newKey();
  const type = `${origin}/marks/charte`;
  const sub = partner.server.origin;
  const sign: Umbrella['sign'] = async (typ, claims, how = {}) => {
    const all = Object.fromEntries(Object.entries({ ...claims, ...how.claims }).filter(([, one]) => one !== undefined));
    return new SignJWT(all)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one', typ, ...how.header })
      .sign(how.key ?? keys.privateKey);
  };
  const mark: Umbrella['mark'] = (how) =>
    sign(
      'trust-mark+jwt',
      {
        iss: origin,
        sub,
        iat: seconds() - 60,
        exp: seconds() + 86_400,
        trust_mark_type: type,
        trust_mark_name: 'Charte',
        ref: type,
      },
      how,
    );
  let asked: { said: Said; mark: string } = { said: {}, mark: '' };
  server.answers.set('/federation/status', (request, response) => {
    let posted = '';
    request.on('data', (chunk: Buffer) => {
      posted += chunk.toString();
    });
    request.on('end', () => {
      const { status } = asked.said;
      if (status?.answer !== undefined) {
        response.writeHead(status.answer.status, { 'content-type': status.answer.type }).end(status.answer.body);
        return;
      }
      const claims = {
        iss: origin,
        iat: seconds(),
        trust_mark: new URLSearchParams(posted).get('trust_mark'),
        status: 'active',
      };
      void sign('trust-mark-status-response+jwt', claims, status).then((body) =>
        response.writeHead(200, { 'content-type': 'application/trust-mark-status-response+jwt' }).end(body),
      );
    });
  });
  return {
    server,
    keys,
    type,
    sign,
    mark,
    say: async (said = {}) => {
      const token = await mark(said.mark);
      asked = { said, mark: token };
      const jwt = 'application/entity-statement+jwt';
      const configuration = await sign(
        'entity-statement+jwt',
        {
          iss: origin,
          sub: origin,
          iat: seconds(),
          exp: seconds() + 3_600,
          jwks: { keys: [jwkOf(keys.publicKey)] },
          trust_mark_issuers: { [type]: [origin] },
          metadata: {
            federation_entity: {
              organization_name: 'Union',
              federation_fetch_endpoint: `${origin}/federation/fetch`,
              federation_trust_mark_endpoint: `${origin}/federation/mark`,
              federation_trust_mark_status_endpoint: `${origin}/federation/status`,
              ...said.configuration?.metadata,
            },
          },
        },
        said.configuration,
      );
      server.files.set('/.well-known/openid-federation', { body: configuration, type: jwt });
      const statement = await sign(
        'entity-statement+jwt',
        {
          iss: origin,
          sub,
          iat: seconds(),
          exp: seconds() + 3_600,
          jwks: { keys: said.statement?.jwks ?? [jwkOf(partner.keys.publicKey)] },
        },
        said.statement,
      );
      server.files.set(`/federation/fetch?sub=${encodeURIComponent(sub)}`, { body: statement, type: jwt });
      await partner.declare({
        claims: {
          authority_hints: [origin],
          trust_marks: (said.partner?.marks ?? [token]).map((one) => ({ trust_mark_type: type, trust_mark: one })),
          ...said.partner?.claims,
        },
      });
    },
  };
};

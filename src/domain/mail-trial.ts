/** What came of a letter that was sent to see whether letters go: the mail server's own words, and what they mean. */

/** `mailTrial.problems.<code>` in locales/ says what it is and what to do. */
export type MailProblem =
  | 'notConfigured'
  | 'noHost'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'login'
  | 'sender'
  | 'recipient'
  | 'later'
  | 'refused'
  | 'other';
export type MailTrial = { ok: true; answer: string } | { ok: false; problem: MailProblem; answer: string };

type MailError = { code?: unknown; command?: unknown; responseCode?: unknown; response?: unknown; message?: unknown };
const CODES: Record<string, MailProblem> = {
  EDNS: 'noHost',
  ENOTFOUND: 'noHost',
  EAI_AGAIN: 'noHost',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ECONNECTION: 'unreachable',
  ETIMEDOUT: 'timeout',
  ETLS: 'tls',
  EAUTH: 'login',
  ENOAUTH: 'login',
};

/** @param error as the mail library throws it @param secrets what must not be shown, for instance the password */
export const explainMailError = (error: unknown, secrets: string[]): MailTrial => {
  const said: MailError = typeof error === 'object' && error !== null ? error : {};
  const text =
    typeof said.response === 'string' ? said.response : typeof said.message === 'string' ? said.message : String(error);
  const answer = secrets
    .filter((secret) => secret !== '')
    .reduce((all, secret) => all.replaceAll(secret, '…'), text)
    .slice(0, 500);
  return { ok: false, problem: problemOf(said, text), answer };
};

const problemOf = ({ code, command, responseCode }: MailError, text: string): MailProblem => {
  if (typeof responseCode === 'number' && responseCode >= 400 && responseCode < 500 && code !== 'EAUTH') return 'later';
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'RCPT TO') return 'recipient';
  if (/certificate|self[- ]signed|SSL|wrong version number/i.test(text)) return 'tls';
  const inText = Object.keys(CODES).find((one) => text.includes(one));
  if (code === 'ESOCKET' || code === 'ECONNECTION') return CODES[inText ?? 'ECONNECTION'] ?? 'unreachable';
  if (typeof code === 'string' && CODES[code] !== undefined) return CODES[code];
  return typeof responseCode === 'number' ? 'refused' : (CODES[inText ?? ''] ?? 'other');
};

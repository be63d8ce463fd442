/** From where a request came. */

/** The address that a request came from; a proxy's word counts only if the proxy is one of ours. */
export const addressOf = (env: unknown, request: Request, trusted: string[]): string => {
  const direct = incomingAddress(env);
  if (!trusted.includes(direct)) return direct;
  const forwarded = request.headers
    .get('x-forwarded-for')
    ?.split(',')
    .map((part) => part.trim())
    .findLast((part) => !trusted.includes(part));
  return forwarded === undefined || forwarded === '' ? direct : forwarded;
};

/** The address at the other end of the connection, be it a proxy's; '' if there is none. */
export const incomingAddress = (env: unknown): string => {
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return '';
  const { incoming } = env;
  if (typeof incoming !== 'object' || incoming === null || !('socket' in incoming)) return '';
  const { socket } = incoming;
  return typeof socket === 'object' &&
    socket !== null &&
    'remoteAddress' in socket &&
    typeof socket.remoteAddress === 'string'
    ? socket.remoteAddress
    : '';
};

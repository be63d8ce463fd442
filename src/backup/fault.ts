/** Why a backup could not be made or restored. */

export type FaultCode =
  /** The key is too short, or looks like one and is none. */
  | 'keyShort'
  | 'keyBad'
  /** It can lock a backup and open none. */
  | 'keyPublic'
  | 'keyMissing'
  | 'keyWrong'
  /** Not made by this program at all. */
  | 'foreign'
  /** Cut short, or bits have changed. */
  | 'damaged'
  | 'newer'
  | 'otherOrigin'
  | 'inUse'
  | 'lived';

/** Carries a code, for the person's text is the command's to say. */
export class BackupFault extends Error {
  override name = 'BackupFault';
  readonly code: FaultCode;
  readonly params: Record<string, string>;
  constructor(code: FaultCode, params: Record<string, string> = {}) {
    super(`${code} ${Object.values(params).join(' ')}`.trim());
    this.code = code;
    this.params = params;
  }
}

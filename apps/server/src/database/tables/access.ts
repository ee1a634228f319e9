/** A key; what proves it stands in {@link AccessSecretTable}. It is never deleted: a server that had keys stays closed. */
export interface AccessKeyTable {
  readonly project: string;
  readonly user: string;
  /** Its public part. */
  readonly id: string;
  readonly name: string;
  readonly admin: 0 | 1;
  /** Patterns; null: every model. */
  readonly models_json: string | null;
  /** null: all of them. */
  readonly surfaces_json: string | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

/** One of a key's secrets: after a rotation the old one may be valid for a while. */
export interface AccessSecretTable {
  readonly project: string;
  readonly user: string;
  readonly key: string;
  /** SHA-256 of the whole key, in hexadecimal. */
  readonly hash: string;
  readonly created_at: number;
  readonly expires_at: number | null;
}

/** A sign-in that was ended before its time. */
export interface AccessEndedTable {
  readonly project: string;
  readonly user: string;
  readonly session: string;
  /** From then on it would be over anyway. */
  readonly expires_at: number;
}

/** One row: `rev` grows with each change of the others, so that every process notices. */
export interface AccessStateTable {
  readonly id: 1;
  readonly rev: number;
  /** Signs sign-ins and client tokens, in hexadecimal. */
  readonly signing_key: string;
}

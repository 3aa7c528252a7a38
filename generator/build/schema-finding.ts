import type { NodeRef, SourceLocation } from '../source/document-store.js';

/** Rules whose findings are in schemas as they are written. */
export type FindingCode = 'KEYWORD_UNKNOWN' | 'KEYWORD_IDLE' | 'KEYWORD_UNCHECKED' | 'REF_SIBLINGS';

/** What was found in a schema. The code is that of a rule; `SCHEMA_INVALID` without one. */
export type Warning = [at: NodeRef, message: string, hint: string, code?: FindingCode];

/** What was found in a schema. */
export interface SchemaFinding {
  readonly code: FindingCode;
  readonly place: () => SourceLocation;
  readonly message: string;
  readonly hint: string;
  /** What `except` may name: the keyword. */
  readonly about: readonly string[];
}

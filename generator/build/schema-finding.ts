import type { NodeRef, SourceLocation } from '../source/document-store.js';

/** Rules whose findings are in the source text of schemas. */
export type FindingCode = 'KEYWORD_UNKNOWN' | 'KEYWORD_IDLE' | 'KEYWORD_UNCHECKED' | 'REF_SIBLINGS';

/** A warning about a schema. `code` is the code of a rule; without it, the warning is `SCHEMA_INVALID`. */
export type Warning = [at: NodeRef, message: string, hint: string, code?: FindingCode];

/** Violation of a rule in a schema. */
export interface SchemaFinding {
  readonly code: FindingCode;
  readonly place: () => SourceLocation;
  readonly message: string;
  readonly hint: string;
  /** Names that `except` can list to suppress this finding: the keyword. */
  readonly about: readonly string[];
}

import type { NodeRef } from '../source/document-store.js';

/** Rules whose findings are in schemas as they are written. */
export type FindingCode = 'KEYWORD_UNKNOWN' | 'KEYWORD_IDLE' | 'KEYWORD_UNCHECKED' | 'REF_SIBLINGS';

/** What was found in a schema. The code is that of a rule; `SCHEMA_INVALID` without one. */
export type Warning = [at: NodeRef, message: string, hint: string, code?: FindingCode];

import type { BuiltModel } from '../build/build-model.js';
import type { RuleOptions, RuleSeverity } from '../config/config.js';
import type { SourceLocation } from '../source/document-store.js';
import type { InexactNumber } from '../source/source-file.js';
import type { Cache } from '../support/cache.js';
import type { RuleCode } from '../support/errors.js';
import type { SchemaChecks } from '../validators/schema-checks.js';
import type { Resolve, Visited } from './walk-schema.js';

/** A model, and the places of its parts in the catalog. */
export interface CheckedCatalog
  extends Pick<BuiltModel, 'model' | 'placeInExample' | 'headerExamples' | 'placeOf' | 'findings'>,
    Pick<SchemaChecks, 'validatorOf'> {
  /** Every schema of the model and every one within it. */
  readonly visited: readonly Visited[];
  readonly resolve: Resolve;
  /** Schemas of the catalog's files that nothing refers to. */
  readonly unusedSchemas: () => readonly UnusedSchema[];
  /** Numbers of the catalog's files that JavaScript cannot represent exactly. */
  readonly inexactNumbers: () => readonly InexactNumber[];
  /** The cache of the run. */
  readonly cache: Cache;
}

export interface UnusedSchema {
  /** Its key. */
  readonly name: string;
  readonly place: SourceLocation;
}

/** One violation of a rule. */
export interface Finding {
  readonly place: SourceLocation;
  /** The problem, in one line. */
  readonly message: string;
  /** The fix, in one line. */
  readonly hint: string;
  /** The default severity of this finding, if it is lower than that of the rule. */
  readonly severity?: 'warning';
  /** The names that the rule's `except` can contain: the event type, the name of the schema. */
  readonly about: readonly string[];
}

/** A rule for the quality of a catalog. */
export interface Rule {
  readonly code: RuleCode;
  /** Default severity. */
  readonly severity: RuleSeverity;
  readonly check: (catalog: CheckedCatalog, options: RuleOptions) => Iterable<Finding>;
}

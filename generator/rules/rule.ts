import type { BuiltModel } from '../build/build-model.js';
import type { RuleOptions, RuleSeverity } from '../config/config.js';
import type { SourceLocation } from '../source/document-store.js';
import type { InexactNumber } from '../source/source-file.js';
import type { RuleCode } from '../support/errors.js';
import type { SchemaChecks } from '../validators/schema-checks.js';
import type { Resolve, Visited } from './walk-schema.js';

/** A model, and where in the catalog its parts are. */
export interface CheckedCatalog
  extends Pick<BuiltModel, 'model' | 'placeInExample' | 'headerExamples' | 'placeOf' | 'findings'>,
    Pick<SchemaChecks, 'validatorOf'> {
  /** Every schema of the model and every one within it. */
  readonly visited: readonly Visited[];
  readonly resolve: Resolve;
  /** Schemas of the catalog's files that nothing refers to. */
  readonly unusedSchemas: () => readonly UnusedSchema[];
  /** Numbers of the catalog's files that JavaScript reads as others. */
  readonly inexactNumbers: () => readonly InexactNumber[];
}

export interface UnusedSchema {
  /** Its key. */
  readonly name: string;
  readonly place: SourceLocation;
}

/** One thing that breaks a rule. */
export interface Finding {
  readonly place: SourceLocation;
  /** What is wrong, in one line. */
  readonly message: string;
  /** How to fix it, in one line. */
  readonly hint: string;
  /** What it counts for where the config says nothing: less than the rule's own. */
  readonly severity?: 'warning';
  /** The event type, the schema's name: what the rule's `except` may name. */
  readonly about: readonly string[];
}

/** What a catalog should be like. */
export interface Rule {
  readonly code: RuleCode;
  /** Where the config says nothing. */
  readonly severity: RuleSeverity;
  readonly check: (catalog: CheckedCatalog, options: RuleOptions) => Iterable<Finding>;
}

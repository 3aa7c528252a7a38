import type { JsonSchema, ModelLanguage } from '@hyvve-events/catalog-model';

/** What `emitModels` writes, and how it is named. */
export interface ModelsOptions {
  readonly language: ModelLanguage;
  /** Name of the Python package, Java package, Go module, crate or namespace. */
  readonly package: string;
  /** The first line of every file, without comment signs. */
  readonly header: string;
  /** JSON Schema of the envelope. */
  readonly envelope: JsonSchema;
}

/** One file, relative to the output folder. */
export interface EmittedModelFile {
  /** With `/`. */
  readonly path: string;
  /** The whole content, ending in a newline. */
  readonly text: string;
}

/** A place whose type is wider than its schema. */
export interface ModelWarning {
  /** Name of the schema in the model. */
  readonly schema: string;
  /** Path in that schema: `items.0.price`; empty for the schema itself. */
  readonly path: string;
  /** Why: `a list whose positions have different types`. */
  readonly reason: string;
}

/** The models of a catalog in one language. */
export interface EmittedModels {
  /** Sorted by path. */
  readonly files: readonly EmittedModelFile[];
  readonly warnings: readonly ModelWarning[];
}

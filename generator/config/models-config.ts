import type { ModelLanguage } from '../model/event-model.js';

export type { ModelLanguage };

/** Languages that models can be made for. */
export const modelLanguages: readonly ModelLanguage[] = ['python', 'java', 'go', 'rust', 'csharp'];

/** The key that names the models of each language. */
export const packageKeys = {
  python: 'package',
  java: 'package',
  go: 'module',
  rust: 'crate',
  csharp: 'namespace',
} as const satisfies Record<ModelLanguage, string>;

/** Name and folder of the models of one language. */
export interface ModelsConfig {
  /** The folder that the models are written to, relative to the config file. */
  readonly out?: string;
  /** For Python and Java: `acme_events`, `com.acme.events`. */
  readonly package?: string;
  /** For Go: `example.com/acme/events`. */
  readonly module?: string;
  /** For Rust. */
  readonly crate?: string;
  /** For C#. */
  readonly namespace?: string;
}

/** Names and folders of the models, by language. */
export type ModelsSettings = Readonly<Partial<Record<ModelLanguage, ModelsConfig>>>;

/** The content of `models.json` beside the models of another language: what the event docs show of them. */
export interface ModelsFile {
  /** Increased when readers of the file must change. */
  readonly modelsVersion: 1;
  readonly language: ModelLanguage;
  /** Name of the Python package, Java package, Go module, crate or namespace. */
  readonly package: string;
  /** Hash of the catalog that the models were made from, as in `catalog.json`. */
  readonly catalog: string;
  /** By type of event; the keys are sorted. */
  readonly events: Readonly<Record<string, EventModelText>>;
}

/** A language that models can be made for. */
export type ModelLanguage = 'python' | 'java' | 'go' | 'rust' | 'csharp';

/** The code of one event in another language. */
export interface EventModelText {
  /** The file that declares the model of the payload, relative to the folder of the models, with `/`. */
  readonly file: string;
  /** Source text of the payload's model and of the models inside it that no other event uses. */
  readonly model: string;
  /** An example that publishes the event, which compiles together with the models. Absent for events that are only replies. */
  readonly publish?: string;
}

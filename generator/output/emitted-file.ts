/** One file of the output, before it is written. */
export interface EmittedFile {
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  /** The whole content, ending in a newline. */
  readonly text: string;
}

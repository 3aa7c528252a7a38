import type { EventModel } from '@hyvve-events/catalog-model';
import { emitCSharp } from './csharp/emit-csharp.js';
import { emitGo } from './go/emit-go.js';
import { emitJava } from './java/emit-java.js';
import { isJavaKeyword } from './java/java-names.js';
import type { EmittedModelFile, EmittedModels, ModelsOptions } from './models-options.js';
import { type PreparedModels, prepareModels } from './prepare/prepare-models.js';
import { emitPython } from './python/emit-python.js';
import { isPythonKeyword } from './python/python-names.js';
import { emitRust } from './rust/emit-rust.js';

/**
 * The models of every event's payload and of the envelope in another language, and `models.json` for the event docs. The same
 * model gives the same files.
 */
export async function emitModels(model: EventModel, options: ModelsOptions): Promise<EmittedModels> {
  const prepared = prepareModels(model, options.envelope);
  const files = await emitters[options.language](model, prepared, options);
  return { files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)), warnings: prepared.warnings };
}

type Emitter = (
  model: EventModel,
  prepared: PreparedModels,
  options: ModelsOptions,
) => Promise<readonly EmittedModelFile[]>;

const emitters: Readonly<Record<ModelsOptions['language'], Emitter>> = {
  python: emitPython,
  go: emitGo,
  java: emitJava,
  rust: emitRust,
  csharp: emitCSharp,
};

/**
 * The first part of a package's name that is a keyword of the language: code cannot import such a package. Always undefined for
 * Go, whose packages get a name of their own, and for experimental languages.
 */
export function keywordIn(language: ModelsOptions['language'], name: string): string | undefined {
  const isKeyword = { python: isPythonKeyword, java: isJavaKeyword, go: never, rust: never, csharp: never }[language];
  return name.split('.').find(isKeyword);
}

const never = () => false;

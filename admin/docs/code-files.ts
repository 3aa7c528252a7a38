import type { ModelLanguage } from '@hyvve-events/catalog-model';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { readJsonFile, unusableFile } from '../catalog/json-file.js';
import { languageNames } from '../web/shared/model-languages.js';

/** Texts of files that `hyvve-events` writes about code. */
export interface CodeFiles {
  /** `usages.json`, which `hyvve-events usages` writes. */
  readonly usages?: string;
  /** `models.json` of each language, which `hyvve-events models` writes. */
  readonly models: ReadonlyMap<ModelLanguage, string>;
}

/** Paths of the files. */
export interface CodeFilePaths {
  readonly usagesFile?: string | undefined;
  readonly modelsFiles?: readonly string[] | undefined;
}

const place = { file: Type.String(), line: Type.Integer(), column: Type.Integer() };
const used = { ...place, kind: Type.String(), services: Type.Array(Type.String()), how: Type.String() };

const Usages = Type.Object({
  usagesVersion: Type.Literal(1),
  catalog: Type.String(),
  link: Type.Optional(Type.String()),
  partial: Type.Boolean(),
  services: Type.Array(Type.Object({ name: Type.String(), file: Type.String(), line: Type.Integer() })),
  usages: Type.Array(Type.Object({ ...used, type: Type.String() })),
  undecided: Type.Array(Type.Object({ ...used, reason: Type.String() })),
});

const Models = Type.Object({
  modelsVersion: Type.Literal(1),
  language: Type.Enum(Object.keys(languageNames) as ModelLanguage[]),
  package: Type.String(),
  catalog: Type.String(),
  events: Type.Record(
    Type.String(),
    Type.Object({ file: Type.String(), model: Type.String(), publish: Type.Optional(Type.String()) }),
  ),
});

/**
 * Reads the files.
 * @throws AdminError `CONFIG_INVALID` with the option, if a file cannot be read, has another form, or two are of one language
 */
export async function readCodeFiles({ usagesFile, modelsFiles = [] }: CodeFilePaths): Promise<CodeFiles> {
  const models = new Map<ModelLanguage, string>();
  for (const file of modelsFiles) {
    const source = { file, option: 'modelsFiles', command: 'hyvve-events models', name: 'models.json' };
    const { json, value } = await readJsonFile(source);
    if (!Value.Check(Models, value)) throw unusableFile(source, otherVersion);
    if (models.has(value.language)) throw unusableFile(source, `another file is of ${value.language}, too`);
    models.set(value.language, json);
  }
  if (usagesFile === undefined) return { models };
  const source = { file: usagesFile, option: 'usagesFile', command: 'hyvve-events usages', name: 'usages.json' };
  const { json, value } = await readJsonFile(source);
  if (!Value.Check(Usages, value)) throw unusableFile(source, otherVersion);
  return { models, usages: json };
}

const otherVersion = 'it is not a file of version 1';

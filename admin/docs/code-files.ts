import { readFile } from 'node:fs/promises';
import type { ModelLanguage, ModelsFile, UsagesFile } from '@hyvve-events/catalog-model';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { AdminError } from '../errors.js';

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

const languages: readonly ModelLanguage[] = ['python', 'java', 'go', 'rust', 'csharp'];

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
  language: Type.Enum([...languages]),
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
    const text = await readAs(file, Models, 'modelsFiles', 'hyvve-events models');
    const { language } = JSON.parse(text) as ModelsFile;
    if (models.has(language)) throw unusable('modelsFiles', file, `another file is of ${language}, too`);
    models.set(language, text);
  }
  if (usagesFile === undefined) return { models };
  return { models, usages: await readAs(usagesFile, Usages, 'usagesFile', 'hyvve-events usages') };
}

async function readAs(
  file: string,
  schema: typeof Usages | typeof Models,
  field: keyof CodeFilePaths,
  writer: string,
): Promise<string> {
  let value: unknown;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    value = JSON.parse(text) as UsagesFile | ModelsFile;
  } catch (error) {
    throw unusable(field, file, `${error instanceof Error ? error.message : String(error)}; \`${writer}\` writes it`);
  }
  if (Value.Check(schema, value)) return text;
  throw unusable(field, file, `it is not a file of version 1 that \`${writer}\` writes`);
}

function unusable(field: keyof CodeFilePaths, file: string, why: string): AdminError {
  return new AdminError('CONFIG_INVALID', `${field}: ${JSON.stringify(file)} cannot be used: ${why}`, { field });
}

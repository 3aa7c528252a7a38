import * as codegen from '@hyvve-events/runtime/codegen';
import type { EmittedFile } from '../output/emitted-file.js';
import { limitingCost } from '../patterns/pattern-cost.js';
import { headerLine } from '../print/header.js';
import { sharedModule } from '../print/modules.js';
import type { Cache } from '../support/cache.js';
import { withExternalNames } from '../validators/ajv.js';
import {
  type CompiledValidators,
  checkName,
  exportedSchemas,
  type ValidatorModule,
} from '../validators/compile-validators.js';
import { validationSource } from './validation-source.js';

/** The module of functions that validators call, in a folder of its own: modules beside them are named after domains. */
const supportModule = 'support/checks';

/**
 * The compiled validators of each domain, and of schemas that several domains use: plain modules that need nothing but each
 * other, with their declarations. Each validator is strict, and with its second argument true lets unknown properties pass.
 */
export async function emitValidators(validators: CompiledValidators, cache: Cache): Promise<EmittedFile[]> {
  const emitted = validators.modules.map((module) => {
    const compiled = validators.compiled(module);
    const make = async () => filesOf(module, await compiled.code());
    return cache.derive('emit-validators', module.fileName, [compiled], make);
  });
  const files = (await Promise.all(emitted)).flat();
  if (files.length === 0) return files;
  const support = `// ${headerLine('the functions that validators call')}\n${validationSource}\n`;
  return [...files, { path: `validators/${supportModule}.js`, text: support }];
}

function filesOf(module: ValidatorModule, code: string): EmittedFile[] {
  const { fileName, source, validators, checks, imports, newest } = module;
  const text = moduleText(imports.length === 0 ? code : withExternalNames(code, checkName), {
    newest,
    imports: imports.map(checkName),
    exports: exportedSchemas(module).map((name) => [
      ...(validators.includes(name) ? [`validate${name} = guard(%)`] : []),
      ...(checks.includes(name) ? [`${checkName(name)} = %`] : []),
    ]),
  });
  return [
    { path: `validators/${fileName}.js`, text: `// ${headerLine(source)}\n${text}` },
    { path: `validators/${fileName}.d.ts`, text: declarations(source, fileName, validators) },
  ];
}

interface ModuleText {
  readonly newest: boolean;
  readonly imports: readonly string[];
  /** What to export of each schema; `%` stands for its function. */
  readonly exports: readonly (readonly string[])[];
}

/** Functions of ajv's run time, and what stands in for them. */
const runtimeFunctions: Readonly<Record<string, string>> = { ucs2length: 'textLength', equal: 'isEqual' };

/** The function that checks each format, by its exported name. */
const formatFunctions = new Map(
  Object.entries(codegen.formats).flatMap(([format, { type, validate }]) => {
    const name = Object.entries(codegen).find(([, value]) => value === validate)?.[0];
    return name === undefined ? [] : [[format, { name, isObject: type === 'number' }] as const];
  }),
);

/** What ajv's code has that is written otherwise, in one expression: modules are long, and each pass costs its length. */
const rewritten = new RegExp(
  [
    String.raw`export const v(?<index>\d+) = (?<check>[\w$]+);`,
    String.raw`const (?<required>\w+) = require\("ajv\/dist\/runtime\/(?<file>\w+)"\)\.default;`,
    String.raw`const (?<formatted>formats\d+) = formats(?:\.(?<word>\w+)|\["(?<quoted>[^"]+)"\]);`,
    String.raw`const func\d+ = (?<helper>isMultipleOf(?:Decimal)?|repeatedItems);`,
    String.raw`new RegExp\((?<pattern>"(?:[^"\\]|\\.)*"), "u"\)`,
    String.raw`vErrors\.concat\((?<failed>\w+\.errors)\)`,
    String.raw`\/closed",keyword:"closed"`,
  ].join('|'),
  'g',
);

/** Makes ajv's module one that plain Node imports: no `require`, and exports that take `tolerant`. */
function moduleText(code: string, { newest, imports, exports }: ModuleText): string {
  const helpers = new Set<string>();
  const body = code.replace(/^"use strict";/, '').replaceAll(rewritten, (match, ...args) => {
    const groups = args.at(-1) as Readonly<Record<string, string | undefined>>;
    const { index, check, required, file, formatted, word, quoted, helper, pattern, failed } = groups;
    if (index !== undefined) {
      return (exports[Number(index)] ?? []).map((line) => `export const ${line.replace('%', check ?? '')};\n`).join('');
    }
    if (required !== undefined) {
      const name = runtimeFunctions[file ?? ''];
      if (name === undefined) return match;
      helpers.add(name);
      return `const ${required} = ${name};`;
    }
    if (helper !== undefined) {
      helpers.add(helper);
      return match;
    }
    if (failed !== undefined) {
      helpers.add('addErrors');
      return `addErrors(vErrors, ${failed})`;
    }
    if (pattern !== undefined) {
      const source = JSON.parse(pattern) as string;
      const expression = codegen.patternOf(source).unicode ? match : `new RegExp(${pattern})`;
      const cost = limitingCost(source);
      if (cost === undefined) return expression;
      helpers.add('limited');
      return `limited(${expression}, ${cost.degree}, ${cost.factor})`;
    }
    const format = word ?? quoted;
    if (format === undefined) return '/additionalProperties",keyword:"additionalProperties"';
    const known = formatFunctions.get(format);
    if (known === undefined) return match;
    helpers.add(known.name);
    return `const ${formatted} = ${known.isObject ? `{ validate: ${known.name} }` : known.name};`;
  });
  const needed = body.includes('require("') ? /(?<!["'\w])require\("[^"]*"\)/.exec(body)?.[0] : undefined;
  if (needed !== undefined) throw new Error(`ajv's code needs what is not inlined: ${needed}`);
  if (exports.flat().some((line) => line.includes('guard(')))
    helpers.add(newest ? 'guardUnevaluated as guard' : 'guard');
  return [
    ...(helpers.size > 0 ? [`import { ${[...helpers].sort().join(', ')} } from './${supportModule}.js';`] : []),
    ...(imports.length > 0 ? [`import { ${imports.join(', ')} } from './${sharedModule}.js';`] : []),
    `${body.trim()}\n`,
  ].join('\n');
}

function declarations(source: string, fileName: string, names: readonly string[]): string {
  if (names.length === 0) return `// ${headerLine(source)}\nexport {};\n`;
  return [
    `// ${headerLine(source)}`,
    "import type { Validate } from '@hyvve-events/runtime/codegen';",
    `import type { ${names.join(', ')} } from '../${fileName}.js';`,
    '',
    ...names.map((name) => `export declare const validate${name}: Validate<${name}>;`),
    '',
  ].join('\n');
}

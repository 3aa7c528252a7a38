import { patternOf, withExternalNames } from '../ajv.js';
import { type CompiledValidators, checkName, exportedSchemas, type ValidatorModule } from '../compile-validators.js';
import type { EmittedFile } from '../emitted-file.js';
import type { Kept } from '../kept.js';
import { headerLine } from '../print/header.js';
import { sharedModule } from '../print/modules.js';
import { formatHelpers, validatorHelpers } from './validator-helpers.js';

/**
 * The compiled validators of each domain, and of schemas that several domains use: plain modules that need nothing but each
 * other, with their declarations. Each validator is strict, and with its second argument true lets unknown properties pass.
 * @param kept Modules of earlier runs, by name.
 */
export async function emitValidators(
  validators: CompiledValidators,
  kept: Kept<Promise<readonly EmittedFile[]>>,
): Promise<EmittedFile[]> {
  const emitted = validators.modules.map((module) => {
    const compiled = validators.compiled(module);
    return kept.get(module.fileName, [compiled], async () => filesOf(module, await compiled.code()));
  });
  return (await Promise.all(emitted)).flat();
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

/** What ajv's code has that is written otherwise, in one expression: modules are long, and each pass costs its length. */
const rewritten = new RegExp(
  [
    String.raw`export const v(\d+) = ([\w$]+);`,
    String.raw`const (\w+) = require\("ajv\/dist\/runtime\/(\w+)"\)\.default;`,
    String.raw`const formats\d+ = formats(?:\.(\w+)|\["([^"]+)"\]);`,
    String.raw`new RegExp\(("(?:[^"\\]|\\.)*"), "u"\)`,
    String.raw`\/closed",keyword:"closed"`,
  ].join('|'),
  'g',
);

/** Makes ajv's module one that plain Node imports: no `require`, and exports that take `tolerant`. */
function moduleText(code: string, { newest, imports, exports }: ModuleText): string {
  const helpers = new Set<string>();
  const formats = new Set<string>();
  const body = code.replace(/^"use strict";/, '').replaceAll(rewritten, (match, ...groups) => {
    const [index, check, name, helper, word, quoted, pattern] = groups as (string | undefined)[];
    if (index !== undefined) {
      return (exports[Number(index)] ?? []).map((line) => `export const ${line.replace('%', check ?? '')};\n`).join('');
    }
    if (helper !== undefined) {
      helpers.add(helper);
      return `const ${name} = ${helper};`;
    }
    if (pattern !== undefined)
      return patternOf(JSON.parse(pattern) as string).unicode ? match : `new RegExp(${pattern})`;
    const format = word ?? quoted;
    if (format === undefined) return '/additionalProperties",keyword:"additionalProperties"';
    formats.add(format);
    return match;
  });
  const needed = body.includes('require("') ? /(?<!["'\w])require\("[^"]*"\)/.exec(body)?.[0] : undefined;
  if (needed !== undefined) throw new Error(`ajv's code needs what is not inlined: ${needed}`);
  const used = [...formats].sort();
  for (const format of used) for (const helper of formatHelpers[format]?.needs ?? []) helpers.add(helper);
  const guard = exports.flat().some((line) => line.includes('guard(')) ? [newest ? 'guardNewest' : 'guard'] : [];
  return [
    ...(imports.length > 0 ? [`import { ${imports.join(', ')} } from './${sharedModule}.js';`] : []),
    ...[...guard, ...[...helpers].sort()].map((helper) => validatorHelpers[helper] ?? ''),
    ...(used.length > 0
      ? [
          `const formats = {\n${used.map((name) => `  ${JSON.stringify(name)}: ${formatHelpers[name]?.code},\n`).join('')}};`,
        ]
      : []),
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

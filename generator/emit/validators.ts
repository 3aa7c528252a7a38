import type { EmittedFile } from '../output/emitted-file.js';
import { limitingCost } from '../patterns/pattern-cost.js';
import { headerLine } from '../print/header.js';
import { sharedModule } from '../print/modules.js';
import type { Cache } from '../support/cache.js';
import { isText } from '../support/memo.js';
import { withExternalNames } from '../validators/ajv.js';
import {
  type CompiledValidators,
  checkName,
  exportedSchemas,
  type ValidatorModule,
} from '../validators/compile-validators.js';
import { pure, rewrite } from './validator-rewrites.js';

/** The runtime's entry for generated code. */
const codegen = '@hyvve-events/runtime/codegen';

/**
 * The compiled validators of each domain and of the shared module. The modules import only each other and the runtime's
 * functions for generated code. A validator refuses unknown properties, unless its second argument is true. The functions are JavaScript in a TypeScript file, so that `tsc` compiles an SDK without other tools: the exports
 * have types, and `@ts-nocheck` makes the compiler skip the rest.
 */
export async function emitValidators(validators: CompiledValidators, cache: Cache): Promise<EmittedFile[]> {
  const emitted = validators.modules.map((module) => {
    const compiled = validators.compiled(module);
    const { fileName, source } = module;
    const make = async () => {
      const path = `validators/${fileName}.ts`;
      const input = JSON.stringify([fileName, source, compiled.content]);
      const known = cache.memo.find('emit-validators', input, isText);
      if (known !== undefined) return { path, text: known };
      const text = textOf(module, await compiled.code(), cache);
      cache.memo.store('emit-validators', input, text);
      return { path, text };
    };
    return cache.derive('emit-validators', fileName, [compiled, source], make);
  });
  return Promise.all(emitted);
}

function textOf(module: ValidatorModule, code: string, cache: Cache): string {
  const { source, validators, checks, imports, newest } = module;
  const contents: ModuleText = {
    newest,
    imports: imports.map(checkName),
    exports: exportedSchemas(module).map((name) => [
      ...(validators.includes(name) ? [`validate${name}: GuardedCheck = ${pure} guard(%)`] : []),
      ...(checks.includes(name) ? [`${checkName(name)}: CompiledCheck = %`] : []),
    ]),
  };
  const ownCode = imports.length === 0 ? code : withExternalNames(code, checkName);
  const text = moduleText(ownCode, contents, cache);
  return `// ${headerLine(source)}\n// @ts-nocheck\n${text}`;
}

interface ModuleText {
  readonly newest: boolean;
  readonly imports: readonly string[];
  /** Exports of each schema. `%` is replaced by the function of the schema. */
  readonly exports: readonly (readonly string[])[];
}

/** Converts ajv's module to a TypeScript module: without `require`, and with exports that have types and accept `tolerant`. */
function moduleText(code: string, { newest, imports, exports }: ModuleText, cache: Cache): string {
  const helpers = new Set<string>();
  const body = rewrite(code, {
    exports,
    need: (helper) => helpers.add(helper),
    limitingCost: (pattern) => limitingCost(pattern, cache),
  });
  const needed = body.includes('require("') ? /(?<!["'\w])require\("[^"]*"\)/.exec(body)?.[0] : undefined;
  if (needed !== undefined) throw new Error(`ajv's code requires a module that no rewrite replaces: ${needed}`);
  const types = ['CompiledCheck', 'GuardedCheck'].filter((type) =>
    exports.flat().some((line) => line.includes(`: ${type}`)),
  );
  if (types.includes('GuardedCheck')) helpers.add(newest ? 'guardUnevaluated as guard' : 'guard');
  return [
    `import type { ${types.join(', ')} } from '${codegen}';`,
    ...(helpers.size > 0 ? [`import { ${[...helpers].sort().join(', ')} } from '${codegen}';`] : []),
    ...(imports.length > 0 ? [`import { ${imports.join(', ')} } from './${sharedModule}.js';`] : []),
    `${body.trim()}\n`,
  ].join('\n');
}

import type { EventModel, JsonSchema, SchemaModel } from '../model/event-model.js';
import { propertyNames, refTo, subschemas } from '../model/json-schema.js';
import { contentsOf, sharedModule, sharedSource } from '../print/modules.js';
import { Cache } from '../support/cache.js';
import { createStandaloneAjv, type ErrorObject, schemaDefinitions, type ValidateFunction } from './ajv.js';
import {
  compiledSchema,
  constraintText,
  hasUnevaluatedWithin,
  namesUnderUnevaluated,
  needsDraft2020,
} from './validator-schema.js';

/** A module of validators: what it checks and what it needs of the shared one. */
export interface ValidatorModule {
  /** Without extension. */
  readonly fileName: string;
  /** What it comes from, for its header. */
  readonly source: string;
  /** Payloads, which get a validator; sorted. */
  readonly validators: readonly string[];
  /** Schemas whose function other modules call; sorted. */
  readonly checks: readonly string[];
  /** Schemas whose function it calls; sorted. */
  readonly imports: readonly string[];
  /** Whether it has keywords that only the newest drafts know. Such a module imports no other one: properties count across schemas. */
  readonly newest: boolean;
  /** What is compiled. */
  readonly schemas: readonly SchemaModel[];
}

/** Tells whether data is valid, strictly; `errors` are those of the last call. */
export interface SchemaCheck {
  (data: unknown): boolean;
  errors: readonly ErrorObject[] | null;
}

/** A compiled module: to call at once, and to write out. */
export interface CompiledModule {
  /** The function of a schema. @throws Error where none can be made of it. */
  readonly functionOf: (schema: string) => ValidateFunction;
  /** The check of a schema, the same at every call. @throws Error where none can be made of it. */
  readonly checkOf: (schema: string) => SchemaCheck;
  /** The module as ajv writes it. */
  readonly code: () => Promise<string>;
}

/** What compiled functions are called with: see `closedKeyword`. */
const strict = { tolerant: false };

/** Every module of a model's validators, each compiled when it is first needed. */
export class CompiledValidators {
  readonly modules: readonly ValidatorModule[];
  readonly #compiled = new Map<ValidatorModule, CompiledModule>();
  readonly #cache: Cache;
  readonly #byPayload: ReadonlyMap<string, ValidatorModule>;

  constructor(model: EventModel, cache: Cache = new Cache()) {
    this.modules = modulesOf(model, cache);
    this.#cache = cache;
    this.#byPayload = new Map(this.modules.flatMap((module) => module.validators.map((name) => [name, module])));
  }

  /** The check of a payload; undefined for what is none. @throws Error where no validator can be made of it. */
  checkOf(payload: string): SchemaCheck | undefined {
    const module = this.#byPayload.get(payload);
    return module === undefined ? undefined : this.compiled(module).checkOf(payload);
  }

  compiled(module: ValidatorModule): CompiledModule {
    let compiled = this.#compiled.get(module);
    if (compiled !== undefined) return compiled;
    const shared = this.modules.find(({ fileName }) => fileName === sharedModule);
    const external = shared !== undefined && module.imports.length > 0 ? this.compiled(shared) : undefined;
    const { fileName, source, newest, validators, checks, imports, schemas } = module;
    const texts = schemas.flatMap((model) => {
      return [model.name, this.#cache.derive('print-constraints', model, [], () => constraintText(model.schema))];
    });
    const inputs = [source, newest, validators.join(), checks.join(), imports.join(), external, ...texts];
    compiled = this.#cache.derive('compile-validators', fileName, inputs, () => compileModule(module, external));
    this.#compiled.set(module, compiled);
    return compiled;
  }
}

function modulesOf(model: EventModel, cache: Cache): ValidatorModule[] {
  const contents = contentsOf(model);
  const needsNewest = (schema: SchemaModel) =>
    cache.derive('needs-draft-2020', schema, [], () => needsDraft2020(schema.schema));
  const payloads = new Set(model.events.map((event) => event.payload));
  const shared = new Map(contents.schemasOf(undefined).map((schema) => [schema.name, schema]));
  const validated = (schemas: Iterable<SchemaModel>) =>
    [...schemas].map(({ name }) => name).filter((name) => payloads.has(name));
  const domains = model.domains.map(({ name, fileName, source }): ValidatorModule => {
    const own = contents.schemasOf(name);
    const reached = withShared(own, shared);
    const newest = reached.some(needsNewest);
    const used = new Set(own.flatMap(({ uses }) => uses));
    return {
      ...{ fileName, source: source.file, validators: validated(own), checks: [], newest },
      imports: newest ? [] : [...used].filter((each) => shared.has(each)).sort(),
      schemas: newest ? reached : own,
    };
  });
  const checks = new Set(domains.flatMap(({ imports }) => imports));
  const common: ValidatorModule = {
    ...{ fileName: sharedModule, source: sharedSource, validators: validated(shared.values()) },
    ...{
      checks: [...checks].sort(),
      imports: [],
      newest: [...shared.values()].some(needsNewest),
    },
    schemas: [...shared.values()],
  };
  return [...domains, common].filter(({ validators, checks: own }) => validators.length + own.length > 0);
}

/** The schemas and those of the shared module that they reach. */
function withShared(schemas: readonly SchemaModel[], shared: ReadonlyMap<string, SchemaModel>): SchemaModel[] {
  const found = new Map(schemas.map((schema) => [schema.name, schema]));
  const open = [...schemas];
  for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
    for (const name of schema.uses) {
      const used = shared.get(name);
      if (used === undefined || found.has(name)) continue;
      found.set(name, used);
      open.push(used);
    }
  }
  return [...found.values()];
}

/** The name of the function that a module exports for others to call. */
export function checkName(schema: string): string {
  return `check${schema}`;
}

/** The name under which a compiled module's code exports the function of a schema, which may be no name in ASCII. */
export function exportName(index: number): string {
  return `v${index}`;
}

/** What a compiled module exports, in the order of {@link exportName}. */
export function exportedSchemas({ validators, checks }: ValidatorModule): readonly string[] {
  return [...new Set([...validators, ...checks])];
}

const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether a schema speaks of a property that every object of JavaScript inherits, such as `constructor`. */
function namesInherited(schema: JsonSchema): boolean {
  if (typeof schema === 'boolean') return false;
  if (propertyNames(schema).some((name) => inherited.has(name))) return true;
  return subschemas(schema).some((inner) => namesInherited(inner.schema));
}

function checkWith(validate: ValidateFunction): SchemaCheck {
  const check: SchemaCheck = Object.assign(
    (data: unknown) => {
      const valid = validate.call(strict, data) === true;
      check.errors = validate.errors ?? null;
      return valid;
    },
    { errors: null },
  );
  return check;
}

function compileModule(module: ValidatorModule, shared: CompiledModule | undefined): CompiledModule {
  const imported = new Set(module.imports);
  const ajv = createStandaloneAjv({
    draft2020: module.newest,
    unevaluated: module.schemas.some(({ schema }) => hasUnevaluatedWithin(schema)),
    ownProperties: module.schemas.some(({ schema }) => namesInherited(schema)),
    functionOf: (name) => shared?.functionOf(name),
  });
  const under = module.newest
    ? namesUnderUnevaluated(new Map(module.schemas.map((each) => [each.name, each.schema])))
    : new Set();
  const compiled = module.schemas.map((schema) => ({
    ...schema,
    schema: compiledSchema(schema.schema, module.newest, (name) => imported.has(name), under.has(schema.name)),
  }));
  ajv.addSchema({ $id: 'catalog', ...schemaDefinitions(compiled) });
  const refOf = (name: string) => `catalog${refTo(encodeURIComponent(name))}`;
  const functions = new Map<string, ValidateFunction>();
  const functionOf = (name: string) => {
    const known = functions.get(name) ?? ajv.getSchema(refOf(name));
    if (known === undefined) throw new Error(`there is no schema ${name}`);
    functions.set(name, known);
    return known;
  };
  const checks = new Map<string, SchemaCheck>();
  return {
    functionOf,
    checkOf: (name) => {
      const check = checks.get(name) ?? checkWith(functionOf(name));
      checks.set(name, check);
      return check;
    },
    code: async () => {
      const { default: standalone } = await import('ajv/dist/standalone/index.js');
      const write = standalone as unknown as typeof standalone.default;
      const refs = exportedSchemas(module).map((name, index) => [exportName(index), refOf(name)] as const);
      return write(ajv, Object.fromEntries(refs));
    },
  };
}

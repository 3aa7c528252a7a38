import type { ts } from 'ts-morph';
import type { ReadProgram } from './find-usages.js';
import type { PathStep } from './property-path.js';

/** A property of an event's data, as the compiler knows it. */
export interface DataProperty {
  readonly name: string;
  /** Declarations of the types that have it: it may be gone from them. */
  readonly owners: ReadonlySet<ts.Node>;
  /** Its declarations in the SDK. */
  readonly declarations: ReadonlySet<ts.Node>;
}

/** Finds the types of payloads in the SDK that a program uses. */
export interface PayloadTypes {
  /** @param payload Name of the payload's type. Undefined if the SDK does not have the type or one on the way. */
  property(payload: string, steps: readonly PathStep[]): DataProperty | undefined;
  /** The declarations of the payload's type. */
  declarations(payload: string): ReadonlySet<ts.Node>;
}

export function payloadTypes({ compiler, program, checker, findPackage }: ReadProgram): PayloadTypes {
  const modules = program.getSourceFiles().filter(({ fileName }) => findPackage(fileName)?.kind === 'sdk');
  const known = new Map<string, ts.Type | undefined>();
  const typeNamed = (name: string): ts.Type | undefined => {
    if (!known.has(name)) known.set(name, find(name));
    return known.get(name);
  };
  const find = (name: string): ts.Type | undefined => {
    for (const file of modules) {
      const module = checker.getSymbolAtLocation(file);
      const exported = module && checker.tryGetMemberInModuleExports(name, module);
      if (exported === undefined) continue;
      const isAlias = (exported.flags & compiler.SymbolFlags.Alias) !== 0;
      return checker.getDeclaredTypeOfSymbol(isAlias ? checker.getAliasedSymbol(exported) : exported);
    }
    return undefined;
  };

  /** The types of the values that a step leads to. */
  const stepInto = (types: readonly ts.Type[], step: PathStep): ts.Type[] =>
    types.flatMap((type) => {
      if (step !== 'each') {
        const property = type.getProperty(step.property);
        return property === undefined ? [] : partsOf(checker, checker.getTypeOfSymbol(property));
      }
      const items = [compiler.IndexKind.Number, compiler.IndexKind.String].map((kind) =>
        checker.getIndexTypeOfType(type, kind),
      );
      return items.flatMap((item) => (item === undefined ? [] : partsOf(checker, item)));
    });

  return {
    declarations: (payload) => declarationsOf(typeNamed(payload)),
    property(payload, steps) {
      const last = steps.findLastIndex((step) => step !== 'each');
      const name = steps[last];
      const root = typeNamed(payload);
      if (root === undefined || name === undefined || name === 'each') return undefined;
      let types = partsOf(checker, root);
      for (const step of steps.slice(0, last)) types = stepInto(types, step);
      const owners = new Set(types.flatMap((type) => [...declarationsOf(type)]));
      const properties = types.flatMap((type) => type.getProperty(name.property)?.declarations ?? []);
      return owners.size === 0 ? undefined : { name: name.property, owners, declarations: new Set(properties) };
    },
  };
}

/** The alternatives of a type, without `null` and `undefined`. */
export function partsOf(checker: ts.TypeChecker, given: ts.Type): ts.Type[] {
  const type = checker.getNonNullableType(checker.getBaseConstraintOfType(given) ?? given);
  return type.isUnionOrIntersection() ? type.types.flatMap((part) => partsOf(checker, part)) : [type];
}

/** The declarations of a named type. */
export function declarationsOf(type: ts.Type | undefined): ReadonlySet<ts.Node> {
  return new Set([...(type?.getSymbol()?.declarations ?? []), ...(type?.aliasSymbol?.declarations ?? [])]);
}

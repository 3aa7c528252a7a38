import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import type { FindPackage } from './declaring-package.js';
import type { Trace, Traced } from './trace.js';

/** A place of a handler, and the method that handles the event. */
export interface HandlerMethod {
  readonly name: string;
  /** Its name in the code; undefined if only the interface of the SDK says that it exists. */
  readonly at: ts.Node | undefined;
}

export interface HandlerMethods {
  readonly methods: readonly HandlerMethod[];
  /** False if there may be more methods, which only the run decides. */
  readonly isComplete: boolean;
}

/** What can be decided about the arguments of a call. Each function returns undefined for what only the run decides. */
export interface Decisions {
  /** The types of the events whose definition a value is. */
  definitions(type: ts.Type): readonly string[] | undefined;
  /** The patterns that a value can be. */
  patterns(type: ts.Type): readonly string[] | undefined;
  /** The methods that an implementation of handlers has. */
  handlers(value: Traced): HandlerMethods | undefined;
  /** The names that the option `service` of a value can have. */
  services(value: Traced): readonly string[] | undefined;
  /** The expressions that a function returns; empty if its code cannot be seen. */
  returned(type: ts.Type): readonly ts.Expression[];
}

/** More alternatives than this are no choice but the type of every event. */
const mostAlternatives = 12;

export function decisions(
  compiler: Compiler,
  checker: ts.TypeChecker,
  findPackage: FindPackage,
  trace: Trace,
): Decisions {
  const alternatives = (given: ts.Type): readonly ts.Type[] => {
    const type = checker.getBaseConstraintOfType(given) ?? given;
    return type.isUnion() ? type.types : [type];
  };

  /** The values of a type of string literals. */
  const literals = (type: ts.Type): readonly string[] | undefined => {
    const parts = alternatives(type);
    if (parts.length > mostAlternatives) return undefined;
    const values = parts.map((part) => (part.isStringLiteral() ? part.value : undefined));
    return values.every((value) => value !== undefined) ? values : undefined;
  };

  const isOfSdk = (symbol: ts.Symbol) => {
    const file = symbol.declarations?.[0]?.getSourceFile().fileName;
    return file !== undefined && findPackage(file)?.kind === 'sdk';
  };

  const definitions = (type: ts.Type): readonly string[] | undefined => {
    const parts = alternatives(type).map((part) => {
      const property = part.getSymbol()?.name === 'EventDefinition' ? part.getProperty('type') : undefined;
      return property && literals(checker.getTypeOfSymbol(property));
    });
    if (parts.length > mostAlternatives) return undefined;
    return parts.every((part) => part !== undefined) ? [...new Set(parts.flat())] : undefined;
  };

  const patterns = (type: ts.Type): readonly string[] | undefined => {
    // A type parameter that may be any pattern, and the type of every pattern: a small catalog has few.
    const { aliasSymbol } = checker.getBaseConstraintOfType(type) ?? type;
    return aliasSymbol !== undefined && isOfSdk(aliasSymbol) ? undefined : literals(type);
  };

  const returned = (type: ts.Type): readonly ts.Expression[] =>
    type.getCallSignatures().flatMap((signature) => bodyResults(compiler, signature.getDeclaration()));

  const methodsOf = (given: ts.Type): HandlerMethods => {
    const methods: HandlerMethod[] = [];
    let isComplete = true;
    // `flag ? new Orders() : new Invoices()` has the methods of both.
    for (const type of alternatives(checker.getNonNullableType(given))) {
      if (isOpen(type)) isComplete = false;
      for (const property of checker.getPropertiesOfType(type)) {
        const declaration = property.valueDeclaration ?? property.declarations?.[0];
        if (declaration !== undefined && findPackage(declaration.getSourceFile().fileName)?.kind !== 'sdk') {
          methods.push({ name: property.name, at: compiler.getNameOfDeclaration(declaration) ?? declaration });
        } else if ((property.flags & compiler.SymbolFlags.Optional) === 0) {
          methods.push({ name: property.name, at: undefined });
        } else isComplete = false;
      }
    }
    return { methods, isComplete };
  };

  /** Whether values of the type may have methods that it does not name: an index signature, an abstract class. */
  const isOpen = (type: ts.Type): boolean => {
    const declaration = type.getSymbol()?.valueDeclaration;
    return (
      checker.getIndexInfosOfType(type).length > 0 ||
      (declaration !== undefined &&
        compiler.isClassLike(declaration) &&
        (compiler.getCombinedModifierFlags(declaration) & compiler.ModifierFlags.Abstract) !== 0)
    );
  };

  const handlers = (value: Traced, steps = 4): HandlerMethods | undefined => {
    if (value.kind === 'parameter') return undefined;
    if ((value.type.flags & (compiler.TypeFlags.Any | compiler.TypeFlags.Unknown)) !== 0) return undefined;
    const { expression } = value;
    // What a function promises to return may say less than what it returns.
    if (expression !== undefined && compiler.isCallExpression(expression) && steps > 0) {
      const declaration = checker.getResolvedSignature(expression)?.getDeclaration();
      const results = declaration === undefined ? [] : bodyResults(compiler, declaration);
      const parts = results.map((result) => handlers(trace(result), steps - 1));
      if (parts.length > 0 && parts.every((part) => part !== undefined)) {
        return { methods: parts.flatMap(({ methods }) => methods), isComplete: parts.every((part) => part.isComplete) };
      }
    }
    return methodsOf(value.type);
  };

  const services = (value: Traced): readonly string[] | undefined =>
    value.kind === 'parameter' ? undefined : literals(value.type);

  return { definitions, patterns, handlers, services, returned };
}

/** The expressions that a function with a body returns. */
function bodyResults(compiler: Compiler, declaration: ts.Node): readonly ts.Expression[] {
  const { body } = declaration as { readonly body?: ts.Node };
  if (body === undefined) return [];
  if (!compiler.isBlock(body)) return [body as ts.Expression];
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (compiler.isFunctionLike(node) || compiler.isClassLike(node)) return;
    if (compiler.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression);
    compiler.forEachChild(node, visit);
  };
  visit(body);
  return found;
}
